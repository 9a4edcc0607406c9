/* Ctrl-C (SIGINT), SIGTERM and SIGHUP: the first signal requests an orderly stop, the second ends
 * the program at once. */
#ifndef FM_CLI_INTERRUPT_H
#define FM_CLI_INTERRUPT_H

enum { CLI_EXIT_INTERRUPTED = 130 };

/* Handles the signals from now on. Ignored signals (nohup) stay ignored. */
void cli_interrupt_catch(void);
int cli_interrupt_pending(void);

#endif
