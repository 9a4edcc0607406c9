/* Pictures in the terminal. */
#ifndef FM_REPORT_TERMINAL_PICTURE_H
#define FM_REPORT_TERMINAL_PICTURE_H

#include <stdio.h>

#include "data/picture.h"
#include "report/terminal_colour.h"
#include "report/tile.h"

typedef struct fm_terminal {
    size_t columns, rows; /* of the window, or a default if the output is a file */
    int drawn;            /* it supports UTF-8 and colours; otherwise plain ASCII */
    enum fm_colours colours;
    int is_light; /* its background, if it says so */
} fm_terminal;

/* Prints one picture, as large as fits, at most 4 times its size. Drawn: half blocks with two
 * greys, for two pixels above each other; plain: a character per pixel, denser for stronger ink.
 * Failures stay in the stream's state. */
void fm_terminal_picture(FILE *out, const fm_picture *picture, const fm_terminal *terminal);

/* Prints several, up to ten per row, with their texts below. */
void fm_terminal_tiles(FILE *out, const fm_tile *tiles, size_t count, const fm_terminal *terminal);

#endif
