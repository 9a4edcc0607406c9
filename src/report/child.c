#include "report/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"

extern char **environ;

static int failed(const fm_child *child, const char *action, int number, fm_error *error) {
    return fm_error_set(error, FM_E_FILE, child->arguments[0], "cannot %s: %s", action,
                        strerror(number));
}

static int start_with(pid_t *out, const fm_child *child, int end,
                      posix_spawn_file_actions_t *actions, posix_spawnattr_t *attributes) {
    sigset_t none, broken_pipe;
    sigemptyset(&none);
    sigemptyset(&broken_pipe);
    sigaddset(&broken_pipe, SIGPIPE);
    /* Its own process group: Ctrl-C in the terminal does not end it, and all its processes can be
     * killed. */
    int number = posix_spawnattr_setflags(
        attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    if (!number)
        number = posix_spawnattr_setsigmask(attributes, &none);
    if (!number)
        number = posix_spawnattr_setsigdefault(attributes, &broken_pipe);
    if (!number)
        number = posix_spawn_file_actions_adddup2(actions, end, STDIN_FILENO);
    if (!number)
        number = posix_spawn_file_actions_adddup2(actions, end, STDOUT_FILENO);
    if (!number)
        number = posix_spawn_file_actions_addopen(actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    if (!number)
        number = posix_spawnp(out, child->arguments[0], actions, attributes,
                              (char *const *)child->arguments, environ);
    return number;
}

static int start(pid_t *out, const fm_child *child, int end, fm_error *error) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int number = posix_spawn_file_actions_init(&actions);
    if (number)
        return failed(child, "be started", number, error);
    number = posix_spawnattr_init(&attributes);
    if (!number) {
        number = start_with(out, child, end, &actions, &attributes);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&actions);
    return number ? failed(child, "be started", number, error) : FM_OK;
}

/* Sends the rest of the input. It is no failure if the program does not read it. */
static void feed(int end, const char **input, size_t *left) {
    ssize_t sent = send(end, *input, *left, MSG_NOSIGNAL);
    if (sent >= 0) {
        *input += sent;
        *left -= (size_t)sent;
    } else if (errno != EAGAIN && errno != EINTR) {
        *left = 0;
    }
    if (!*left)
        shutdown(end, SHUT_WR);
}

static int late(const fm_child *child, fm_error *error) {
    return fm_error_set(error, FM_E_FILE, child->arguments[0], "did not end within %g s",
                        child->seconds);
}

static int converse(fm_text *out, const fm_child *child, int end, double deadline,
                    fm_error *error) {
    const char *input = child->input;
    size_t left = strlen(input);
    if (!left)
        shutdown(end, SHUT_WR);
    for (;;) {
        char bytes[4096];
        struct pollfd wait = {.fd = end, .events = (short)(left ? POLLIN | POLLOUT : POLLIN)};
        double remaining = deadline - fm_clock_seconds();
        int ready = remaining > 0 ? poll(&wait, 1, (int)(remaining * 1000) + 1) : 0;
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready < 0)
            return failed(child, "be waited for", errno, error);
        if (ready == 0)
            return late(child, error);
        if (left && (wait.revents & POLLOUT))
            feed(end, &input, &left);
        if (!(wait.revents & (POLLIN | POLLHUP | POLLERR)))
            continue;
        ssize_t got = recv(end, bytes, sizeof bytes, MSG_DONTWAIT);
        if (got < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        /* A program that ends before it has read all its input resets the connection. */
        if (got == 0 || (got < 0 && errno == ECONNRESET))
            return FM_OK;
        if (got < 0)
            return failed(child, "be read", errno, error);
        fm_text_add_bytes(out, bytes, (size_t)got);
        if (out->length > child->limit)
            return fm_error_set(error, FM_E_FILE, child->arguments[0], "wrote more than %zu bytes",
                                child->limit);
    }
}

/* Waits for the end of a program that has closed its output. */
static int wait_for_end(int *ended, const fm_child *child, pid_t pid, double deadline,
                        fm_error *error) {
    int state = 0;
    const struct timespec moment = {.tv_nsec = 1000000};
    pid_t found;
    while ((found = waitpid(pid, &state, WNOHANG)) == 0 || (found < 0 && errno == EINTR)) {
        if (fm_clock_seconds() >= deadline)
            return late(child, error);
        nanosleep(&moment, NULL);
    }
    *ended = 1;
    /* With SIGCHLD ignored, the exit status is unknown. */
    if (found < 0 || (WIFEXITED(state) && WEXITSTATUS(state) == 0))
        return FM_OK;
    if (WIFSIGNALED(state))
        return fm_error_set(error, FM_E_FILE, child->arguments[0], "was killed by signal %d",
                            WTERMSIG(state));
    return fm_error_set(error, FM_E_FILE, child->arguments[0], "failed with exit status %d",
                        WEXITSTATUS(state));
}

int fm_child_run(char **out, const fm_child *child, fm_error *error) {
    int ends[2]; /* a pair of sockets: unlike a pipe, it does not cause SIGPIPE if the reader is
                    gone */
    int ended = 0;
    pid_t pid;
    fm_text text = {0};
    *out = NULL;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends))
        return failed(child, "be connected", errno, error);
    double deadline = fm_clock_seconds() + child->seconds;
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    int status = start(&pid, child, ends[1], error);
    close(ends[1]);
    if (status)
        goto out;
    status = converse(&text, child, ends[0], deadline, error);
    if (!status)
        status = wait_for_end(&ended, child, pid, deadline, error);
    if (!ended) {
        kill(-pid, SIGKILL);
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
            continue;
    }
    if (!status)
        status = fm_text_take(out, &text, child->arguments[0], error);
out:
    close(ends[0]);
    fm_text_free(&text);
    return status;
}
