/* Runs the program in a terminal that tmux provides. */
#ifndef FM_TESTS_TERMINAL_H
#define FM_TESTS_TERMINAL_H

#include <stddef.h>

typedef struct terminal {
    const char *folder; /* working folder of the program, and of tmux's sockets */
    int number;         /* number of the tmux server: a new server must not share the socket of one
                         * that is ending */
} terminal;

/* Opens a window that runs the program with the arguments, then prints "ended" and stays open.
 * environment has arguments of env: "NAME=VALUE", "-u NAME". Returns 0 if tmux is not installed. */
int terminal_open(terminal *t, const char *folder, int columns, int rows, const char *environment,
                  const char *arguments);
void terminal_close(const terminal *t);

/* Runs a tmux command and returns its status; its output goes to out[size]. */
int terminal_tmux(const terminal *t, char *out, size_t size, const char *arguments);

/* Waits up to a minute until the window shows the text. out[size] receives the window's content. */
void terminal_wait_for(const terminal *t, char *out, size_t size, const char *text);

#endif
