/* Writes PNG files of every kind with libpng, and some invalid ones. */
#ifndef FM_TESTS_PNG_FILES_H
#define FM_TESTS_PNG_FILES_H

#include <stddef.h>
#include <stdint.h>

typedef struct png_kind {
    int colour; /* PNG_COLOR_TYPE_... */
    int depth;
    int interlaced;
    int key; /* transparent: palette entry 1, or the first sample's value; -1: none */
} png_kind;

/* Writes rows [height][png_row_size] unchanged. Palette entry i is (i, 2 i, 255 - i). */
void png_files_write(const char *path, png_kind kind, uint32_t width, uint32_t height,
                     const unsigned char *rows);
/* Bytes per row. */
size_t png_files_row(png_kind kind, uint32_t width);

/* A grey image where all pixels are equal. */
void png_files_write_flat(const char *path, uint32_t width, uint32_t height, unsigned char value);

/* A valid header for width x height pixels, with no data after it. */
void png_files_write_header(const char *path, uint32_t width, uint32_t height);

#endif
