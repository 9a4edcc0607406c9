/* Runs a check as an unprivileged user, because root may read and write everything. */
#ifndef FM_TESTS_UNPRIVILEGED_H
#define FM_TESTS_UNPRIVILEGED_H

/* Runs check(argument) in a child process (as user nobody if this process runs as root) and asserts
 * that it returned 0. Skips the test if the user cannot be changed. */
void unprivileged_run(int (*check)(const char *argument), const char *argument);

/* Switches this process to user nobody if it runs as root. Returns 0 if that is not permitted. */
int unprivileged_become(void);

#endif
