/* Renders text into pictures with an embedded font, so they look the same on every machine. */
#ifndef FM_REPORT_TEXT_RENDERING_H
#define FM_REPORT_TEXT_RENDERING_H

#include "data/picture.h"

typedef struct fm_text_renderer fm_text_renderer;

/* For lines of `height` pixels. Free with fm_text_renderer_free. FM_E_MEMORY, FM_E_FORMAT. */
int fm_text_renderer_create(fm_text_renderer **out, unsigned height, fm_error *error);
void fm_text_renderer_free(fm_text_renderer *renderer);

/* Draws an ASCII text in a grey onto the picture, with the upper left corner of the line at x, y.
 * Text beyond the picture is cut. FM_E_MEMORY, FM_E_FORMAT. */
int fm_text_renderer_draw(fm_text_renderer *renderer, fm_picture *picture, size_t x, size_t y,
                          const char *text, uint8_t grey, fm_error *error);

#endif
