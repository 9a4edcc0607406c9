/* PNG files of every kind, and invalid ones. */
#include <stdlib.h>
#include <string.h>

#include <png.h>

#include "io/png.h"
#include "support/check.h"
#include "support/io_faults.h"
#include "support/png_files.h"
#include "support/temporary.h"

enum {
    WIDTH = 13,
    HEIGHT = 11
}; /* not multiples of 8: the last block of every interlace pass is
    * partial */

static const png_kind kinds[] = {
    {PNG_COLOR_TYPE_GRAY, 1, 0, -1},       {PNG_COLOR_TYPE_GRAY, 2, 0, -1},
    {PNG_COLOR_TYPE_GRAY, 4, 0, -1},       {PNG_COLOR_TYPE_GRAY, 8, 0, -1},
    {PNG_COLOR_TYPE_GRAY, 8, 0, 37},       {PNG_COLOR_TYPE_GRAY, 16, 0, -1},
    {PNG_COLOR_TYPE_GRAY_ALPHA, 8, 0, -1}, {PNG_COLOR_TYPE_GRAY_ALPHA, 16, 0, -1},
    {PNG_COLOR_TYPE_RGB, 8, 0, -1},        {PNG_COLOR_TYPE_RGB, 16, 0, -1},
    {PNG_COLOR_TYPE_RGB_ALPHA, 8, 0, -1},  {PNG_COLOR_TYPE_RGB_ALPHA, 16, 0, -1},
    {PNG_COLOR_TYPE_PALETTE, 1, 0, 1},     {PNG_COLOR_TYPE_PALETTE, 4, 0, -1},
    {PNG_COLOR_TYPE_PALETTE, 8, 0, 1},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

/* Sample i of a row. */
static unsigned sample(const unsigned char *row, int depth, size_t i) {
    if (depth == 16)
        return (unsigned)row[2 * i] << 8 | row[2 * i + 1];
    if (depth == 8)
        return row[i];
    size_t per_byte = 8 / (size_t)depth;
    return row[i / per_byte] >> (8 - (size_t)depth * (i % per_byte + 1)) & ((1U << depth) - 1);
}

/* Pixel x as the comment on fm_png_read defines it, in floating point. */
static double expected(const unsigned char *row, png_kind kind, size_t x, int invert) {
    const double most = (double)((1U << kind.depth) - 1);
    double rgba[4] = {0, 0, 0, 1};
    size_t n = kind.colour == PNG_COLOR_TYPE_RGB          ? 3
               : kind.colour == PNG_COLOR_TYPE_RGB_ALPHA  ? 4
               : kind.colour == PNG_COLOR_TYPE_GRAY_ALPHA ? 2
                                                          : 1;
    unsigned first = sample(row, kind.depth, n * x);
    if (kind.colour == PNG_COLOR_TYPE_PALETTE) {
        rgba[0] = first / 255.0;
        rgba[1] = (2 * first & 255) / 255.0;
        rgba[2] = (255 - first) / 255.0;
        rgba[3] = kind.key >= 0 && first == 1 ? 0 : 1;
    } else {
        for (size_t i = 0; i < 3; i++)
            rgba[i] = sample(row, kind.depth, n * x + (n > 2 ? i : 0)) / most;
        if (n % 2 == 0)
            rgba[3] = sample(row, kind.depth, n * x + n - 1) / most;
        else if ((int)first == kind.key)
            rgba[3] = 0;
    }
    double luma = 0.299 * rgba[0] + 0.587 * rgba[1] + 0.114 * rgba[2];
    return 255 * (invert ? 1 - luma : luma) * rgba[3];
}

static void check_kind(const char *path, png_kind kind, int invert) {
    fm_error error = {0};
    fm_picture picture;
    size_t row = png_files_row(kind, WIDTH);
    unsigned char rows[HEIGHT * WIDTH * 8];
    for (size_t i = 0; i < HEIGHT * row; i++)
        rows[i] = (unsigned char)(i * 37 + i / 7 * 11);
    png_files_write(path, kind, WIDTH, HEIGHT, rows);
    CHECK_OK(fm_png_read(&picture, path, invert, &error), &error);
    assert_int_equal(picture.width, WIDTH);
    assert_int_equal(picture.height, HEIGHT);
    for (size_t i = 0; i < WIDTH * HEIGHT; i++) {
        double wanted = expected(rows + i / WIDTH * row, kind, i % WIDTH, invert);
        double off = wanted - picture.pixel[i];
        /* Colours of 16 bits are rounded to 8 bits before the conversion to grey, and alpha as
         * well. */
        int twice = kind.depth == 16 && kind.colour != PNG_COLOR_TYPE_GRAY;
        double tolerance = twice ? 1.6 : 0.51;
        if (off > tolerance || off < -tolerance)
            fail_msg("colour type %d, %d bits, interlaced %d: pixel %zu is %u, not %g", kind.colour,
                     kind.depth, kind.interlaced, i, picture.pixel[i], wanted);
    }
    fm_picture_free(&picture);
}

static void test_every_kind(void **state) {
    const char *path = temporary_path(*state, "kind.png");
    for (size_t i = 0; i < KINDS; i++) {
        png_kind kind = kinds[i];
        for (int variant = 0; variant < 4; variant++) {
            kind.interlaced = variant & 1;
            check_kind(path, kind, variant >> 1);
        }
    }
}

/* Very narrow pictures have empty interlace passes. */
static void test_small_interlaced(void **state) {
    const char *path = temporary_path(*state, "small.png");
    const unsigned char rows[81] = {9, 8, 7, 6, 5, 4, 3, 2, 1, 10, 20, 30, 40, 50, 60, 70, 80};
    for (uint32_t width = 1; width <= 9; width++) {
        for (uint32_t height = 1; height <= 9; height++) {
            fm_error error = {0};
            fm_picture picture;
            png_files_write(path, (png_kind){PNG_COLOR_TYPE_GRAY, 8, 1, -1}, width, height, rows);
            CHECK_OK(fm_png_read(&picture, path, 0, &error), &error);
            assert_memory_equal(picture.pixel, rows, (size_t)width * height);
            fm_picture_free(&picture);
        }
    }
}

static void refuses(const char *path, const char *why) {
    fm_error error = {0};
    fm_picture picture;
    int status = fm_png_read(&picture, path, 0, &error);
    assert_true(status == FM_E_FORMAT || status == FM_E_FILE);
    assert_string_equal(error.what, path);
    CHECK_SAYS(error.why, why);
    assert_null(picture.pixel);
}

static void test_not_a_png(void **state) {
    const char *path = temporary_path(*state, "file");
    refuses(path, "cannot open: No such file");
    refuses(*state, "is a folder");
    temporary_write(path, "", 0);
    refuses(path, "is empty");
    temporary_write(path, "\x89PNG\r\n\x1a", 7);
    refuses(path, "is not a PNG image");
    temporary_write(path, "\xff\xd8\xff\xe0 a JPEG image", 18);
    refuses(path, "is not a PNG image: it is JPEG");
    temporary_write(path, "\x89PNG\r\n\x1a\n\0\0\0\4CgBI\x50\0\x20\6\x2b\xd5\xb3\x7f", 24);
    refuses(path, "is in Apple's variant of PNG");
    temporary_write(path, "\x89PNG\r\n\x1a\nrubbish rubbish rubbish", 31);
    refuses(path, "is a damaged PNG image: ");
}

static void test_too_large(void **state) {
    const char *path = temporary_path(*state, "large.png");
    png_files_write_header(path, 100000, 100000);
    refuses(path, "has 100000 x 100000 pixels; the maximum is 16384 x 16384");
    png_files_write_header(path, 16385, 1);
    refuses(path, "the maximum is 16384 x 16384");
    png_files_write_header(path, 1, 0x7fffffff);
    refuses(path, "the maximum is 16384 x 16384");
    png_files_write_header(path, 0xffffffff, 1); /* the format has 31 bits */
    refuses(path, "is a damaged PNG image: ");
    png_files_write_header(path, 0, 1);
    refuses(path, "is a damaged PNG image: ");
    png_files_write_header(path, 16384, 16384);
    refuses(path, "is truncated");
}

/* Truncated after each byte: only the whole file is valid. */
static void test_every_truncation(void **state) {
    const char *path = temporary_path(*state, "cut.png");
    for (int interlaced = 0; interlaced < 2; interlaced++) {
        unsigned char rows[WIDTH * HEIGHT];
        for (size_t i = 0; i < sizeof rows; i++)
            rows[i] = (unsigned char)(i * i);
        png_files_write(path, (png_kind){PNG_COLOR_TYPE_GRAY, 8, interlaced, -1}, WIDTH, HEIGHT,
                        rows);
        size_t size;
        unsigned char *bytes = temporary_read(path, &size);
        for (size_t length = 0; length < size; length++) {
            temporary_write(path, bytes, length);
            refuses(path, !length      ? "is empty"
                          : length < 8 ? "is not a PNG image"
                                       : "is truncated");
        }
        free(bytes);
    }
}

/* One wrong byte anywhere: refused or read, but no crash. Checksums detect most of them. */
static void test_damaged(void **state) {
    const char *path = temporary_path(*state, "damaged.png");
    unsigned char rows[WIDTH * HEIGHT * 4] = {1, 2, 3};
    png_files_write(path, (png_kind){PNG_COLOR_TYPE_PALETTE, 8, 1, 1}, WIDTH, HEIGHT, rows);
    size_t size, refused = 0;
    unsigned char *bytes = temporary_read(path, &size);
    for (size_t i = 0; i < size; i++) {
        fm_picture picture;
        bytes[i] ^= 0x55;
        temporary_write(path, bytes, size);
        int status = fm_png_read(&picture, path, 0, NULL);
        assert_true(status == FM_OK || status == FM_E_FORMAT);
        refused += status != FM_OK;
        fm_picture_free(&picture);
        bytes[i] ^= 0x55;
    }
    /* Damage in ancillary chunks such as tRNS may go undetected. */
    assert_true(refused + 40 > size);
    free(bytes);
}

static void test_round_trip(void **state) {
    const char *path = temporary_path(*state, "own.png");
    fm_error error = {0};
    fm_picture written, read;
    CHECK_OK(fm_picture_create(&written, 300, 200, "picture", &error), &error);
    for (size_t i = 0; i < 300 * 200; i++)
        written.pixel[i] = (uint8_t)(i * 2654435761U >> 24); /* random bytes do not compress, so the
                                                              * output buffer must grow */
    CHECK_OK(fm_png_write(path, &written, &error), &error);
    io_faults_short(1);
    CHECK_OK(fm_png_read(&read, path, 0, &error), &error);
    io_faults_short(0);
    assert_int_equal(read.width, 300);
    assert_int_equal(read.height, 200);
    assert_memory_equal(read.pixel, written.pixel, 300 * 200);
    fm_picture_free(&read);
    assert_int_equal(fm_png_write(*state, &written, &error), FM_E_FILE);
    CHECK_SAYS(error.why, "is a folder");
    fm_picture_free(&written);
}

static void test_every_call_of_reading_fails(void **state) {
    static const enum io_call calls[] = {IO_CALLOC, IO_READ};
    const char *path = temporary_path(*state, "file.png");
    png_files_write_flat(path, 20, 10, 5);
    for (size_t i = 0; i < 2; i++)
        for (int number = 1, failed = 1; failed; number++) {
            fm_picture picture;
            io_faults_arm(calls[i], number);
            failed = io_faults_failed(calls[i], fm_png_read(&picture, path, 0, NULL));
            fm_picture_free(&picture);
            assert_true(failed || number > 4);
        }
}

static void test_every_call_of_writing_fails(void **state) {
    static const enum io_call calls[] = {IO_CALLOC, IO_WRITE, IO_RENAME};
    const char *path = temporary_path(*state, "file.png");
    fm_picture picture;
    fm_error error = {0};
    CHECK_OK(fm_picture_create(&picture, 20, 10, "picture", &error), &error);
    for (size_t i = 0; i < 3; i++)
        for (int number = 1, failed = 1; failed; number++) {
            size_t size;
            temporary_write(path, "earlier", 7);
            io_faults_arm(calls[i], number);
            failed = io_faults_failed(calls[i], fm_png_write(path, &picture, NULL));
            free(temporary_read(path, &size));
            assert_int_equal(temporary_count(*state), 1);
            assert_true(failed ? size == 7 : number > 1 && size > 7);
        }
    fm_picture_free(&picture);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, temporary_setup, temporary_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_every_kind),
        TEST(test_small_interlaced),
        TEST(test_not_a_png),
        TEST(test_too_large),
        TEST(test_every_truncation),
        TEST(test_damaged),
        TEST(test_round_trip),
        TEST(test_every_call_of_reading_fails),
        TEST(test_every_call_of_writing_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
