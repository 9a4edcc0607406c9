/* The signals that ask a program to end: Ctrl-C (SIGINT), SIGTERM, SIGHUP, and what batch systems
 * send before a time limit: SIGUSR1, SIGUSR2, SIGXCPU. A command that catches them stops in an
 * orderly way, however often they come. SIGQUIT (Ctrl-\) ends the program at once. */
#ifndef FM_CLI_INTERRUPT_H
#define FM_CLI_INTERRUPT_H

enum { CLI_EXIT_INTERRUPTED = 130 };

/* To call before the first OpenCL call and before any thread: drivers install handlers of their
 * own. Signals that are ignored now (nohup) stay ignored. */
void cli_interrupt_start(void);
/* From now on the signals request an orderly stop; before, they end the program. */
void cli_interrupt_catch(void);
int cli_interrupt_pending(void);

#endif
