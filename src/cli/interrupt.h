/* Ctrl-C, SIGTERM and SIGHUP (the terminal is gone): the first asks to stop in good order, the
 * second ends the program at once. */
#ifndef FM_CLI_INTERRUPT_H
#define FM_CLI_INTERRUPT_H

enum { CLI_EXIT_INTERRUPTED = 130 };

/* From now on; before, both end the program as usual. A signal that is ignored (nohup) stays so. */
void cli_interrupt_catch(void);
int cli_interrupt_pending(void);

#endif
