#include "io/png.h"

#include <inttypes.h>
#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "base/file_kind.h"
#include "base/input.h"
#include "base/memory.h"
#include "io/file.h"

enum { SIGNATURE = 8 }; /* bytes that every PNG file begins with */

/* libpng reports errors through callbacks that longjmp. Everything that must survive a jump is
 * here. */
typedef struct codec {
    const char *path;
    png_structp png;
    png_infop info;
    fm_input input;     /* reading: the file */
    fm_picture picture; /* reading: the result */
    uint8_t *row;       /* reading: one row, RGBA */
    uint8_t *bytes;     /* writing: the encoded file so far */
    size_t size, capacity;
    int status; /* error of our own callbacks, already recorded in error */
    int out_of_memory;
    fm_error *error;
} codec;

static void *allocate(png_structp png, png_alloc_size_t size) {
    codec *c = png_get_mem_ptr(png);
    void *memory;
    if (fm_memory_allocate(&memory, size, 1, c->path, NULL))
        c->out_of_memory = 1;
    return memory;
}

static void release(png_structp png, png_voidp memory) {
    (void)png;
    free(memory);
}

static PNG_NORETURN void fail(png_structp png, png_const_charp message) {
    codec *c = png_get_error_ptr(png);
    if (!c->status && c->out_of_memory)
        c->status = fm_error_set(c->error, FM_E_MEMORY, c->path, "not enough memory");
    if (!c->status && strstr(message, "CgBI")) {
        c->status = fm_error_set(c->error, FM_E_FORMAT, c->path,
                                 "is in Apple's variant of PNG for iPhone programs");
        fm_error_hint(c->error, "save it as an ordinary PNG, for example with an image editor");
    }
    if (!c->status)
        c->status =
            fm_error_set(c->error, FM_E_FORMAT, c->path, "is a damaged PNG image: %s", message);
    png_longjmp(png, 1);
}

/* Warnings of libpng are not errors. */
static void ignore(png_structp png, png_const_charp message) {
    (void)png;
    (void)message;
}

/* ---- Reading ---- */

static int check_signature(codec *c) {
    char kind[FM_FILE_KIND_TEXT];
    uint8_t begin[512];
    size_t got, more = 0;
    int status = fm_input_read(begin, &got, &c->input, SIGNATURE, c->error);
    if (status || (got == SIGNATURE && !png_sig_cmp(begin, 0, SIGNATURE)))
        return status;
    if (!got)
        return fm_error_set(c->error, FM_E_FORMAT, c->path, "is empty");
    fm_input_read(begin + got, &more, &c->input, sizeof begin - got, NULL);
    fm_file_kind(kind, begin, got + more);
    fm_error_set(c->error, FM_E_FORMAT, c->path, "is not a PNG image: it is %s", kind);
    fm_error_hint(c->error, "convert it to PNG, for example with an image editor");
    return FM_E_FORMAT;
}

static void pull(png_structp png, png_bytep out, size_t size) {
    codec *c = png_get_io_ptr(png);
    size_t got;
    c->status = fm_input_read(out, &got, &c->input, size, c->error);
    if (!c->status && got < size)
        c->status = fm_error_set(c->error, FM_E_FORMAT, c->path,
                                 "is truncated: the image data is incomplete");
    if (c->status)
        png_error(png, "");
}

static int make_room(codec *c) {
    const png_uint_32 width = png_get_image_width(c->png, c->info);
    const png_uint_32 height = png_get_image_height(c->png, c->info);
    if (width > FM_PICTURE_MOST_SIDE || height > FM_PICTURE_MOST_SIDE)
        return fm_error_set(c->error, FM_E_FORMAT, c->path,
                            "has %" PRIu32 " x %" PRIu32 " pixels; the maximum is %d x %d", width,
                            height, FM_PICTURE_MOST_SIDE, FM_PICTURE_MOST_SIDE);
    int status = fm_picture_create(&c->picture, width, height, c->path, c->error);
    return status ? status : fm_memory_allocate(&c->row, width, 4, c->path, c->error);
}

static uint8_t to_grey(const uint8_t *rgba, int invert) {
    const unsigned white = 255 * 1000;
    unsigned luma = 299U * rgba[0] + 587U * rgba[1] + 114U * rgba[2]; /* times 1000 */
    luma = invert ? white - luma : luma;
    return (uint8_t)((luma * rgba[3] + white / 2) / white);
}

/* Reads interlaced images pass by pass, so that they need no additional memory. */
static void read_rows(codec *c, int interlaced, int invert) {
    const size_t width = c->picture.width, height = c->picture.height;
    const int passes = interlaced ? PNG_INTERLACE_ADAM7_PASSES : 1;
    for (int pass = 0; pass < passes; pass++) {
        const size_t x0 = interlaced ? PNG_PASS_START_COL(pass) : 0;
        const size_t y0 = interlaced ? PNG_PASS_START_ROW(pass) : 0;
        const size_t dx = interlaced ? PNG_PASS_COL_OFFSET(pass) : 1;
        const size_t dy = interlaced ? PNG_PASS_ROW_OFFSET(pass) : 1;
        if (x0 >= width)
            continue;
        for (size_t y = y0; y < height; y += dy) {
            png_read_row(c->png, c->row, NULL);
            const uint8_t *from = c->row;
            for (size_t x = x0; x < width; x += dx, from += 4)
                c->picture.pixel[y * width + x] = to_grey(from, invert);
        }
    }
}

static void read_all(codec *c, int invert) {
    if (setjmp(png_jmpbuf(c->png)))
        return;
    png_set_sig_bytes(c->png, SIGNATURE);
    png_set_read_fn(c->png, c, pull);
    /* make_room checks the size. */
    png_set_user_limits(c->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    /* Skip ancillary chunks. */
    png_set_keep_unknown_chunks(c->png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    png_read_info(c->png, c->info);
    c->status = make_room(c);
    if (c->status)
        return;
    png_set_expand(c->png);
    png_set_scale_16(c->png);
    png_set_gray_to_rgb(c->png);
    png_set_add_alpha(c->png, 0xff, PNG_FILLER_AFTER);
    int interlaced = png_get_interlace_type(c->png, c->info) == PNG_INTERLACE_ADAM7;
    png_read_update_info(c->png, c->info);
    read_rows(c, interlaced, invert);
    png_read_end(c->png, NULL);
}

int fm_png_read(fm_picture *out, const char *path, int invert, fm_error *error) {
    codec c = {.path = path, .error = error};
    *out = (fm_picture){0};
    int status = fm_input_open(&c.input, path, error);
    if (status)
        return status;
    status = check_signature(&c);
    if (status)
        goto out;
    c.png =
        png_create_read_struct_2(PNG_LIBPNG_VER_STRING, &c, fail, ignore, &c, allocate, release);
    c.info = c.png ? png_create_info_struct(c.png) : NULL;
    if (c.info)
        read_all(&c, invert);
    else
        c.status = fm_error_set(error, FM_E_MEMORY, path, "not enough memory");
    status = c.status;
    if (!status) {
        *out = c.picture;
        c.picture.pixel = NULL;
    }
out:
    png_destroy_read_struct(&c.png, &c.info, NULL);
    free(c.row);
    fm_picture_free(&c.picture);
    fm_input_close(&c.input);
    return status;
}

/* ---- Writing ---- */

static void push(png_structp png, png_bytep bytes, size_t size) {
    codec *c = png_get_io_ptr(png);
    if (size > c->capacity - c->size) {
        size_t capacity = 2 * c->capacity + size;
        uint8_t *larger;
        c->status = fm_memory_allocate(&larger, capacity, 1, c->path, c->error);
        if (c->status)
            png_error(png, "");
        if (c->size)
            memcpy(larger, c->bytes, c->size);
        free(c->bytes);
        c->bytes = larger;
        c->capacity = capacity;
    }
    memcpy(c->bytes + c->size, bytes, size);
    c->size += size;
}

static void keep(png_structp png) {
    (void)png;
}

static void write_all(codec *c, const fm_picture *picture) {
    if (setjmp(png_jmpbuf(c->png)))
        return;
    png_set_write_fn(c->png, c, push, keep);
    png_set_IHDR(c->png, c->info, (png_uint_32)picture->width, (png_uint_32)picture->height, 8,
                 PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    png_write_info(c->png, c->info);
    for (size_t y = 0; y < picture->height; y++)
        png_write_row(c->png, picture->pixel + y * picture->width);
    png_write_end(c->png, NULL);
}

int fm_png_write(const char *path, const fm_picture *picture, fm_error *error) {
    codec c = {.path = path, .error = error};
    c.png =
        png_create_write_struct_2(PNG_LIBPNG_VER_STRING, &c, fail, ignore, &c, allocate, release);
    c.info = c.png ? png_create_info_struct(c.png) : NULL;
    if (c.info)
        write_all(&c, picture);
    else
        c.status = fm_error_set(error, FM_E_MEMORY, path, "not enough memory");
    if (!c.status) {
        const fm_file_part part = {c.bytes, c.size};
        c.status = fm_file_write(path, &part, 1, error);
    }
    png_destroy_write_struct(&c.png, &c.info);
    free(c.bytes);
    return c.status;
}
