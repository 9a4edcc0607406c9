/* Runs another program with given input, and reads its output. */
#ifndef FM_REPORT_CHILD_H
#define FM_REPORT_CHILD_H

#include <stddef.h>

#include "fmnist_cl/error.h"

typedef struct fm_child {
    const char *const *arguments; /* NULL-terminated; the first is the program, found in PATH */
    const char *input;            /* its standard input, a string */
    size_t limit;                 /* maximum bytes of output; more is a failure */
    double seconds;               /* time limit; then it and its child processes are killed */
} fm_child;

/* Runs it without a shell and waits. *out is its standard output as a string; free() it. Its
 * standard error is discarded. FM_E_FILE if it cannot be started, its exit status is not 0, it
 * writes too much or takes too long; FM_E_MEMORY. */
int fm_child_run(char **out, const fm_child *child, fm_error *error);

#endif
