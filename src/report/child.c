#include "report/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/input.h"
#include "base/text.h"

extern char **environ;

static int start(pid_t *out, const char *const *arguments, FILE *input, FILE *output,
                 fm_error *error) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    /* Its own process group: Ctrl-C in the terminal does not end it. */
    int number = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    if (!number)
        number = posix_spawn_file_actions_adddup2(&actions, fileno(input), STDIN_FILENO);
    if (!number)
        number = posix_spawn_file_actions_adddup2(&actions, fileno(output), STDOUT_FILENO);
    if (!number)
        number =
            posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    if (!number)
        number = posix_spawnp(out, arguments[0], &actions, &attributes, (char *const *)arguments,
                              environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return number ? fm_error_set(error, FM_E_FILE, arguments[0], "cannot be started: %s",
                                 strerror(number))
                  : FM_OK;
}

static int wait_for_end(pid_t pid, const char *program, double seconds, fm_error *error) {
    const struct timespec moment = {.tv_nsec = 1000000};
    const double deadline = fm_clock_seconds() + seconds;
    int state = 0;
    pid_t found;
    while ((found = waitpid(pid, &state, WNOHANG)) == 0 || (found < 0 && errno == EINTR)) {
        if (fm_clock_seconds() >= deadline) {
            kill(pid, SIGKILL);
            while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
                continue;
            return fm_error_set(error, FM_E_FILE, program, "did not end within %g s", seconds);
        }
        nanosleep(&moment, NULL);
    }
    /* With SIGCHLD ignored, the exit status is unknown. */
    if (found < 0 || (WIFEXITED(state) && WEXITSTATUS(state) == 0))
        return FM_OK;
    if (WIFSIGNALED(state))
        return fm_error_set(error, FM_E_FILE, program, "was killed by signal %d", WTERMSIG(state));
    return fm_error_set(error, FM_E_FILE, program, "failed with exit status %d",
                        WEXITSTATUS(state));
}

static int read_all(char **out, FILE *file, const char *program, fm_error *error) {
    char bytes[4096];
    size_t count;
    fm_text text = {0};
    fm_input input = {.path = program, .descriptor = fileno(file)};
    int status;
    rewind(file);
    do {
        status = fm_input_read(bytes, &count, &input, sizeof bytes, error);
        fm_text_add_bytes(&text, bytes, count);
    } while (!status && count > 0);
    if (!status)
        status = fm_text_take(out, &text, program, error);
    fm_text_free(&text);
    return status;
}

int fm_child_run(char **out, const char *const *arguments, const char *input, double seconds,
                 fm_error *error) {
    pid_t pid = 0;
    int status;
    FILE *in = tmpfile(), *written = tmpfile();
    *out = NULL;
    if (!in || !written || fputs(input, in) < 0 || fflush(in) || fseek(in, 0, SEEK_SET))
        status = fm_error_set(error, FM_E_FILE, "a temporary file", "cannot be written: %s",
                              strerror(errno));
    else
        status = start(&pid, arguments, in, written, error);
    if (!status)
        status = wait_for_end(pid, arguments[0], seconds, error);
    if (!status)
        status = read_all(out, written, arguments[0], error);
    if (in)
        fclose(in);
    if (written)
        fclose(written);
    return status;
}
