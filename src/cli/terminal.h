/* The capabilities and size of a terminal. */
#ifndef FM_CLI_TERMINAL_H
#define FM_CLI_TERMINAL_H

#include <stdio.h>

#include "report/terminal_picture.h"

/* The window's size, or 80 x 24 if unknown. `drawn` is set for a terminal with colours and a UTF-8
 * locale. */
fm_terminal cli_terminal_of(FILE *stream);

/* Prints text whose lines do not exceed the terminal's columns, if stdout is a terminal; a line
 * that is continued is indented by so many blanks. */
void cli_print_wrapped(const char *text, size_t indent);

/* stdout is a terminal with fewer columns than that. */
int cli_is_narrower(size_t columns);

#endif
