#define _DEFAULT_SOURCE /* wait4 */

#include "support/program.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "support/check.h"
#include "support/unprivileged.h"

static void be_child(const program *p, char **arguments) {
    /* Reset to default: the child would inherit signals that the caller of the tests ignores. */
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGXFSZ};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        signal(signals[i], SIG_DFL);
    for (size_t i = 0; p->environment && p->environment[i]; i++) {
        char name[64];
        size_t length = strcspn(p->environment[i], "=");
        snprintf(name, sizeof name, "%.*s", (int)length, p->environment[i]);
        if (p->environment[i][length])
            setenv(name, p->environment[i] + length + 1, 1);
        else
            unsetenv(name);
    }
    const struct rlimit limit = {p->file_limit, p->file_limit};
    if (p->file_limit && setrlimit(RLIMIT_FSIZE, &limit))
        _exit(126);
    const struct rlimit memory = {p->memory_limit, p->memory_limit};
    if (p->memory_limit && setrlimit(RLIMIT_AS, &memory))
        _exit(126);
    const struct rlimit processor = {p->time_limit, p->time_limit};
    if (p->time_limit && setrlimit(RLIMIT_CPU, &processor))
        _exit(126);
    int out = p->out_path && p->out_path[0] ? open(p->out_path, O_WRONLY) : fileno(p->out_file);
    if ((p->folder && chdir(p->folder)) || dup2(out, 1) < 0 || dup2(fileno(p->err_file), 2) < 0)
        _exit(126);
    if (p->out_path && !p->out_path[0])
        close(1);
    if (p->unprivileged && !unprivileged_become())
        _exit(126);
    /* If a test is killed (timeout), kill the program that it started as well. */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    execv(arguments[0], arguments);
    _exit(127);
}

void program_start(program *p, const char *const *arguments) {
    char *list[64] = {p->path ? (char *)p->path : FM_PROGRAM};
    for (size_t i = 0; arguments[i] && i < 62; i++)
        list[i + 1] = (char *)arguments[i];
    p->out_file = tmpfile();
    p->err_file = tmpfile();
    p->out = p->err = NULL;
    assert_non_null(p->out_file);
    assert_non_null(p->err_file);
    fflush(NULL);
    p->pid = fork();
    assert_true(p->pid >= 0);
    if (p->pid == 0)
        be_child(p, list);
}

/* The current content of a file that another process is writing. */
static char *contents(FILE *file) {
    enum { MOST = 1 << 20 };
    char *text = calloc(1, MOST);
    size_t length = 0;
    ssize_t got;
    assert_non_null(text);
    while (length < MOST - 1 &&
           (got = pread(fileno(file), text + length, MOST - 1 - length, (off_t)length)) > 0)
        length += (size_t)got;
    return text;
}

/* 30 minutes: slow drivers take minutes for what PoCL does in a second. ctest has its own timeout.
 */
enum { MOST_TRIES = 360000 };
static const struct timespec short_while = {0, 5000000};

void program_wait_for(program *p, const char *text) {
    for (int tries = 0; tries < MOST_TRIES; tries++) {
        char *err = contents(p->err_file);
        int seen = strstr(err, text) != NULL;
        free(err);
        if (seen)
            return;
        if (waitpid(p->pid, NULL, WNOHANG) != 0)
            fail_msg("it ended without saying '%s'", text);
        nanosleep(&short_while, NULL);
    }
    kill(p->pid, SIGKILL);
    fail_msg("it did not say '%s'", text);
}

void program_wait(program *p) {
    int status;
    struct rusage usage = {.ru_maxrss = 0};
    pid_t ended = 0;
    for (int tries = 0; tries < MOST_TRIES && !ended; tries++) {
        ended = wait4(p->pid, &status, WNOHANG, &usage);
        if (!ended)
            nanosleep(&short_while, NULL);
    }
    if (ended != p->pid) {
        kill(p->pid, SIGKILL);
        fail_msg("it did not end within half an hour");
    }
    p->status = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    p->resident = (size_t)usage.ru_maxrss * 1024;
    p->out = contents(p->out_file);
    p->err = contents(p->err_file);
    fclose(p->out_file);
    fclose(p->err_file);
}

void program_free(program *p) {
    free(p->out);
    free(p->err);
    p->out = p->err = NULL;
}
