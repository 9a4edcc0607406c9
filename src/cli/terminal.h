/* What a stream can show: colours, shapes, and how much of them. */
#ifndef FM_CLI_TERMINAL_H
#define FM_CLI_TERMINAL_H

#include <stdio.h>

#include "report/terminal_picture.h"

/* The window's size; 80 x 24 where there is none. Drawn on: a terminal with colours and a UTF-8
 * locale. */
fm_terminal cli_terminal_of(FILE *stream);

#endif
