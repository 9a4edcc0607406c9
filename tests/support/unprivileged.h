/* Runs a check as a user who is not root: root may read and write everything. */
#ifndef FM_TESTS_UNPRIVILEGED_H
#define FM_TESTS_UNPRIVILEGED_H

/* Runs check(argument) in a child process, as nobody when this one is root, and asserts that it
 * returned 0. Skips the test where the user cannot be changed. */
void unprivileged_run(int (*check)(const char *argument), const char *argument);

/* Makes this process nobody's when it is root's. 0 where that is not allowed. */
int unprivileged_become(void);

#endif
