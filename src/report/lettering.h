/* Text drawn into pictures, in the font that the program carries with it: a picture looks the same
 * on every machine, and none needs fonts. */
#ifndef FM_REPORT_LETTERING_H
#define FM_REPORT_LETTERING_H

#include "data/picture.h"

typedef struct fm_lettering fm_lettering;

/* Letters for lines of height pixels. Free with fm_lettering_free. FM_E_MEMORY, FM_E_FORMAT. */
int fm_lettering_create(fm_lettering **out, unsigned height, fm_error *error);
void fm_lettering_free(fm_lettering *lettering);

/* Draws an ASCII text in a grey over the picture, its line's upper left corner at x, y; what does
 * not fit is cut. FM_E_MEMORY, FM_E_FORMAT. */
int fm_lettering_draw(fm_lettering *lettering, fm_picture *picture, size_t x, size_t y,
                      const char *text, uint8_t grey, fm_error *error);

#endif
