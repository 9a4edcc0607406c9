/* Colours of a terminal, as near as it has them. */
#ifndef FM_REPORT_TERMINAL_COLOUR_H
#define FM_REPORT_TERMINAL_COLOUR_H

#include <stdio.h>

/* How many colours a terminal has. */
enum fm_colours { FM_COLOURS_NONE, FM_COLOURS_16, FM_COLOURS_256, FM_COLOURS_TRUE };

typedef struct fm_colour {
    unsigned red, green, blue; /* 0 to 255 */
} fm_colour;

enum fm_ground { FM_FOREGROUND = 38, FM_BACKGROUND = 48 };

/* Writes the escape sequence that sets the colour of what follows, until "\033[0m". */
void fm_terminal_colour(FILE *out, enum fm_ground ground, fm_colour colour,
                        enum fm_colours colours);

#endif
