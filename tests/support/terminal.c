#include "support/terminal.h"

#include <string.h>
#include <time.h>

#include "support/check.h"

int terminal_tmux(const terminal *t, char *out, size_t size, const char *arguments) {
    char command[1024];
    snprintf(command, sizeof command,
             "cd '%s' && env -u TMUX TMUX_TMPDIR=. tmux -L %d -f /dev/null %s 2>&1", t->folder,
             t->number, arguments);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    size_t length = fread(out, 1, size - 1, pipe);
    out[length] = '\0';
    return pclose(pipe);
}

int terminal_open(terminal *t, const char *folder, int columns, int rows, const char *environment,
                  const char *arguments) {
    char out[4096], command[900];
    static int opened;
    *t = (terminal){folder, ++opened};
    if (terminal_tmux(t, out, sizeof out, "-V")) {
        print_message("skipped: tmux is not installed\n");
        return 0;
    }
    snprintf(command, sizeof command,
             "new-session -d -x %d -y %d \"env %s '%s' %s; echo ended; exec sleep 600\"", columns,
             rows, environment, FM_PROGRAM, arguments);
    if (terminal_tmux(t, out, sizeof out, command))
        fail_msg("tmux: %s", out);
    return 1;
}

void terminal_close(const terminal *t) {
    char out[256];
    terminal_tmux(t, out, sizeof out, "kill-server");
}

void terminal_wait_for(const terminal *t, char *out, size_t size, const char *text) {
    const struct timespec pause = {0, 50000000};
    for (int tries = 0; tries < 1200; tries++) {
        terminal_tmux(t, out, size, "capture-pane -p -e");
        if (strstr(out, text))
            return;
        nanosleep(&pause, NULL);
    }
    terminal_close(t);
    fail_msg("the terminal does not show '%s' but:\n%s", text, out);
}
