/* Errors, warnings and notes, printed to stderr. */
#ifndef FM_CLI_MESSAGE_H
#define FM_CLI_MESSAGE_H

#include <stdint.h>
#include <stdio.h>

#include "fmnist_cl/error.h"

/* Whether a stream is a terminal that can move its cursor; and whether it may be coloured: NO_COLOR
 * is not set. */
int cli_terminal(FILE *stream);
int cli_coloured(FILE *stream);

/* Prints a text from outside, cleaned for a terminal by fm_utf8_clean and truncated to 4 KiB. */
void cli_print_clean(FILE *out, const char *text);

/* Prints "fmnist-cl: what: why", and the hint and detail lines if there are any. */
void cli_error_print(const fm_error *error);

/* Print one cleaned line each. */
void cli_warning(const char *format, ...) FM_PRINTF(1, 2);
void cli_note(const char *format, ...) FM_PRINTF(1, 2);

/* The ending of a noun after a number: "s", or "" after 1. */
const char *cli_plural(uint64_t count);

/* Flushes stdout. FM_E_FILE if any write failed, for example because the disk is full. That the
 * reader of a pipe has closed it is no error. */
int cli_finish_output(fm_error *error);

#endif
