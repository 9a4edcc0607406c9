/* What the program says to people beside its results: errors, warnings, notes, on stderr. */
#ifndef FM_CLI_MESSAGE_H
#define FM_CLI_MESSAGE_H

#include <stdio.h>

#include "fmnist_cl/error.h"

/* Whether a stream may be coloured and drawn on: a terminal that can, and no NO_COLOR. */
int cli_terminal(FILE *stream);
int cli_coloured(FILE *stream);

/* A text from outside, as fm_utf8_clean makes it fit for a terminal; cut at 4 KiB. */
void cli_print_clean(FILE *out, const char *text);

/* "fmnist-cl: what: why", a hint and further lines where there are any. */
void cli_error_print(const fm_error *error);

/* One line each, cleaned. */
void cli_warning(const char *format, ...) FM_PRINTF(1, 2);
void cli_note(const char *format, ...) FM_PRINTF(1, 2);

/* Flushes stdout. FM_E_FILE when any of it did not arrive: a full disk, a reader that is gone. */
int cli_finish_output(fm_error *error);

#endif
