#include "cli/interrupt.h"

#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#include "base/count.h"

static volatile sig_atomic_t pending;

static void handle(int number) {
    (void)number;
    if (pending)
        _exit(CLI_EXIT_INTERRUPTED);
    pending = 1;
}

void cli_interrupt_catch(void) {
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < FM_COUNT(numbers); i++) {
        struct sigaction before;
        struct sigaction after = {.sa_handler = handle, .sa_flags = SA_RESTART};
        sigemptyset(&after.sa_mask);
        if (!sigaction(numbers[i], NULL, &before) && before.sa_handler != SIG_IGN)
            sigaction(numbers[i], &after, NULL);
    }
}

int cli_interrupt_pending(void) {
    return pending;
}
