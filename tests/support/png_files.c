#include "support/png_files.h"

#include <png.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "support/check.h"
#include "support/temporary.h"

static size_t samples(int colour) {
    return colour == PNG_COLOR_TYPE_RGB          ? 3
           : colour == PNG_COLOR_TYPE_RGB_ALPHA  ? 4
           : colour == PNG_COLOR_TYPE_GRAY_ALPHA ? 2
                                                 : 1;
}

size_t png_files_row(png_kind kind, uint32_t width) {
    return (width * samples(kind.colour) * (size_t)kind.depth + 7) / 8;
}

static void set_palette(png_structp png, png_infop info, png_kind kind) {
    png_color palette[256];
    png_byte alpha[2] = {255, 0};
    for (int i = 0; i < 256; i++)
        palette[i] = (png_color){(png_byte)i, (png_byte)(2 * i), (png_byte)(255 - i)};
    png_set_PLTE(png, info, palette, 1 << kind.depth);
    if (kind.key >= 0)
        png_set_tRNS(png, info, alpha, 2, NULL);
}

void png_files_write(const char *path, png_kind kind, uint32_t width, uint32_t height,
                     const unsigned char *rows) {
    FILE *file = fopen(path, "wb");
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    assert_non_null(file);
    if (setjmp(png_jmpbuf(png)))
        fail_msg("libpng does not write %s", path);
    png_init_io(png, file);
    png_set_IHDR(png, info, width, height, kind.depth, kind.colour,
                 kind.interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    if (kind.colour == PNG_COLOR_TYPE_PALETTE) {
        set_palette(png, info, kind);
    } else if (kind.key >= 0) {
        png_uint_16 key = (png_uint_16)kind.key;
        const png_color_16 transparent = {0, key, key, key, key};
        png_set_tRNS(png, info, NULL, 0, &transparent);
    }
    png_write_info(png, info);
    for (int pass = png_set_interlace_handling(png); pass > 0; pass--)
        for (uint32_t y = 0; y < height; y++)
            png_write_row(png, rows + y * png_files_row(kind, width));
    png_write_end(png, NULL);
    png_destroy_write_struct(&png, &info);
    assert_int_equal(fclose(file), 0);
}

void png_files_write_flat(const char *path, uint32_t width, uint32_t height, unsigned char value) {
    unsigned char *rows = malloc((size_t)width * height);
    assert_non_null(rows);
    memset(rows, value, (size_t)width * height);
    png_files_write(path, (png_kind){PNG_COLOR_TYPE_GRAY, 8, 0, -1}, width, height, rows);
    free(rows);
}

static void put(unsigned char *out, uint32_t value) {
    for (int i = 0; i < 4; i++)
        out[i] = (unsigned char)(value >> (24 - 8 * i));
}

void png_files_write_header(const char *path, uint32_t width, uint32_t height) {
    unsigned char bytes[33 + 12] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
    put(bytes + 16, width);
    put(bytes + 20, height);
    bytes[24] = 8; /* bit depth; grey */
    put(bytes + 29, (uint32_t)crc32(0, bytes + 12, 17));
    memcpy(bytes + 37, "IDAT", 4);
    put(bytes + 41, (uint32_t)crc32(0, bytes + 37, 4));
    temporary_write(path, bytes, sizeof bytes);
}
