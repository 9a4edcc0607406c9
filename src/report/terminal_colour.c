#include "report/terminal_colour.h"

/* The xterm palette of 256 colours: a cube of 6 x 6 x 6, and 24 greys from 8 to 238. */
static unsigned nearest_of_256(fm_colour c) {
    if (c.red == c.green && c.green == c.blue)
        return c.red < 4 ? 16 : c.red > 246 ? 231 : 232 + (c.red < 8 ? 0 : (c.red - 3) / 10);
    return 16 + 36 * ((c.red * 5 + 127) / 255) + 6 * ((c.green * 5 + 127) / 255) +
           (c.blue * 5 + 127) / 255;
}

/* 0 to 7, and 8 more for the bright ones, of the 16 colours that every terminal names. */
static unsigned nearest_of_16(fm_colour c) {
    enum { BLACK, WHITE = 7, BRIGHT = 8 };
    const unsigned most =
        c.red > c.green ? (c.red > c.blue ? c.red : c.blue) : (c.green > c.blue ? c.green : c.blue);
    const unsigned least =
        c.red < c.green ? (c.red < c.blue ? c.red : c.blue) : (c.green < c.blue ? c.green : c.blue);
    if (most - least < 64) /* a grey */
        return most < 64 ? BLACK : most < 128 ? BRIGHT : most < 208 ? WHITE : BRIGHT + WHITE;
    const unsigned middle = (most + least) / 2;
    const unsigned hue =
        (c.red > middle ? 1u : 0) + (c.green > middle ? 2u : 0) + (c.blue > middle ? 4u : 0);
    return most < 192 ? hue : BRIGHT + hue;
}

void fm_terminal_colour(FILE *out, enum fm_ground ground, fm_colour c, enum fm_colours colours) {
    if (colours == FM_COLOURS_TRUE) {
        fprintf(out, "\033[%d;2;%u;%u;%um", ground, c.red, c.green, c.blue);
    } else if (colours == FM_COLOURS_256) {
        fprintf(out, "\033[%d;5;%um", ground, nearest_of_256(c));
    } else if (colours == FM_COLOURS_16) {
        const unsigned number = nearest_of_16(c), first = ground == FM_FOREGROUND ? 30 : 40;
        fprintf(out, "\033[%um", number < 8 ? first + number : first + 60 + number - 8);
    }
}
