/* The program on a terminal, which tmux provides. */
#ifndef FM_TESTS_TERMINAL_H
#define FM_TESTS_TERMINAL_H

#include <stddef.h>

typedef struct terminal {
    const char *folder; /* where tmux keeps its sockets, and the program runs */
    int number;         /* of its server: one that is ending would take the next one with it */
} terminal;

/* A window that runs the program with the arguments, prints "ended" and stays. environment is
 * env's: "NAME=VALUE", "-u NAME". 0 when there is no tmux. */
int terminal_open(terminal *t, const char *folder, int columns, int rows, const char *environment,
                  const char *arguments);
void terminal_close(const terminal *t);

/* A tmux command; what it prints goes into out[size]. Returns its status. */
int terminal_tmux(const terminal *t, char *out, size_t size, const char *arguments);

/* Waits up to a minute until the window shows the text; the window's content is in out then. */
void terminal_wait_for(const terminal *t, char *out, size_t size, const char *text);

#endif
