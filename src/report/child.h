/* Runs another program with given input, and reads its output. */
#ifndef FM_REPORT_CHILD_H
#define FM_REPORT_CHILD_H

#include "fmnist_cl/error.h"

/* Runs the program arguments[0], found in PATH, without a shell, and waits for it; after `seconds`
 * it is killed. arguments ends with NULL; input is its standard input. *out is its standard output
 * as a string; free() it. Its standard error is discarded. FM_E_FILE if it cannot be started, its
 * exit status is not 0, or it takes too long; FM_E_MEMORY. */
int fm_child_run(char **out, const char *const *arguments, const char *input, double seconds,
                 fm_error *error);

#endif
