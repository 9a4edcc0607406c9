/* Pictures made of characters. */
#ifndef FM_REPORT_TERMINAL_PICTURE_H
#define FM_REPORT_TERMINAL_PICTURE_H

#include <stdio.h>

#include "data/picture.h"
#include "report/tile.h"

typedef struct fm_terminal {
    size_t columns, rows; /* of the window, or of the page that a file would be printed on */
    int drawn;            /* it shows UTF-8 and 24-bit colours; otherwise plain ASCII */
} fm_terminal;

/* One picture, as large as the terminal holds up to 4 times its size. Drawn: a half block with two
 * greys for two pixels, one above the other; otherwise a character whose ink stands for the grey.
 * Writes to out alone, and leaves failures in its state. */
void fm_terminal_picture(FILE *out, const fm_picture *picture, const fm_terminal *terminal);

/* Many, up to ten in a row, with what is said about each under it. */
void fm_terminal_tiles(FILE *out, const fm_tile *tiles, size_t count, const fm_terminal *terminal);

#endif
