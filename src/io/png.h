/* PNG files as 8-bit grey pictures. */
#ifndef FM_IO_PNG_H
#define FM_IO_PNG_H

#include "data/picture.h"

/* Reads any PNG: grey, colour or palette; 1 to 16 bits; with or without transparency; interlaced or
 * not. Colours become grey by Rec. 601 (0.299 R + 0.587 G + 0.114 B). invert inverts the grey
 * values. Transparent pixels are blended with black, the data set's background. A side above
 * FM_PICTURE_MOST_SIDE is refused before memory is allocated. Free with fm_picture_free. FM_E_FILE,
 * FM_E_FORMAT (not a PNG, damaged, truncated, too large), FM_E_MEMORY. */
int fm_png_read(fm_picture *out, const char *path, int invert, fm_error *error);

/* Writes a grey PNG atomically. FM_E_FILE, FM_E_MEMORY. */
int fm_png_write(const char *path, const fm_picture *picture, fm_error *error);

#endif
