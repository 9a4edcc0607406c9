/* Another program, fed and read through its standard input and output. */
#ifndef FM_REPORT_CHILD_H
#define FM_REPORT_CHILD_H

#include <stddef.h>

#include "fmnist_cl/error.h"

typedef struct fm_child {
    const char *const
        *arguments;    /* NULL-terminated; the first is the program, looked for in PATH */
    const char *input; /* what it reads, as a string */
    size_t limit;      /* bytes that it may write; more is a failure */
    double seconds;    /* it may take; then it, and what it started, is killed */
} fm_child;

/* Runs it, without a shell, and waits. *out is what it wrote, as a string; free() it. Its standard
 * error is dropped. FM_E_FILE when it cannot be started, ends with a status other than 0, writes
 * too much or takes too long; FM_E_MEMORY. */
int fm_child_run(char **out, const fm_child *child, fm_error *error);

#endif
