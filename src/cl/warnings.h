/* A list of warnings: problems that do not stop the search for devices. */
#ifndef FM_CL_WARNINGS_H
#define FM_CL_WARNINGS_H

#include <stddef.h>

#include "fmnist_cl/error.h"

typedef struct fm_warnings {
    char **lines;
    size_t count;
    size_t capacity;
} fm_warnings;

/* Adds one line, formatted like printf. The line is cleaned and truncated, because drivers and
 * files supply parts of it. Start with a zeroed fm_warnings. FM_E_MEMORY. */
int fm_warnings_add(fm_warnings *warnings, fm_error *error, const char *line, ...) FM_PRINTF(3, 4);
void fm_warnings_clear(fm_warnings *warnings);

#endif
