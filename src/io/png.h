/* PNG files as grey pictures of 8 bits. */
#ifndef FM_IO_PNG_H
#define FM_IO_PNG_H

#include "data/picture.h"

/* Reads a PNG of any kind: grey, colour or palette, 1 to 16 bits, with or without transparency,
 * interlaced or not. Colours become grey as in Rec. 601 (0.299 R + 0.587 G + 0.114 B); with invert
 * light and dark are exchanged; then what is transparent lets black through, the data set's
 * background. Larger than FM_PICTURE_MOST_SIDE is refused before any memory is taken for it.
 * Free with fm_picture_free. FM_E_FILE, FM_E_FORMAT (no PNG, damaged, cut, too large),
 * FM_E_MEMORY. */
int fm_png_read(fm_picture *out, const char *path, int invert, fm_error *error);

/* Writes a grey PNG, whole or not at all. FM_E_FILE, FM_E_MEMORY. */
int fm_png_write(const char *path, const fm_picture *picture, fm_error *error);

#endif
