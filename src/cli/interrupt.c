#include "cli/interrupt.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>

#include "base/count.h"

static atomic_int catching, pending;
static sigset_t watched, ignored;

/* As if the signal had never been blocked. */
static void end_by(int number) {
    sigset_t one;
    signal(number, SIG_DFL);
    sigemptyset(&one);
    sigaddset(&one, number);
    pthread_sigmask(SIG_UNBLOCK, &one, NULL);
    raise(number);
}

static void *wait_for_signals(void *unused) {
    (void)unused;
    for (int number; !sigwait(&watched, &number);) {
        if (sigismember(&ignored, number))
            continue;
        if (!catching || number == SIGQUIT)
            end_by(number);
        pending = 1;
    }
    return NULL;
}

/* All threads block the signals, and one thread waits for them. So no handler runs that a driver
 * installs, and none can remove ours. */
void cli_interrupt_start(void) {
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGXCPU, SIGQUIT};
    pthread_t thread;
    sigemptyset(&watched);
    sigemptyset(&ignored);
    for (size_t i = 0; i < FM_COUNT(numbers); i++) {
        struct sigaction now;
        sigaddset(&watched, numbers[i]);
        if (!sigaction(numbers[i], NULL, &now) && now.sa_handler == SIG_IGN)
            sigaddset(&ignored, numbers[i]);
    }
    pthread_sigmask(SIG_BLOCK, &watched, NULL);
    if (pthread_create(&thread, NULL, wait_for_signals, NULL))
        pthread_sigmask(SIG_UNBLOCK, &watched, NULL);
    else
        pthread_detach(thread);
}

void cli_interrupt_catch(void) {
    catching = 1;
}

int cli_interrupt_pending(void) {
    return pending;
}
