/* Area averaging, and the conversion of pictures to 28 x 28 images. */
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "data/picture.h"
#include "support/check.h"

static fm_picture make(size_t width, size_t height) {
    fm_picture picture;
    fm_error error = {0};
    fm_random random;
    fm_random_seed(&random, width * 1000 + height, FM_STREAM_SPLIT);
    CHECK_OK(fm_picture_create(&picture, width, height, "picture", &error), &error);
    for (size_t i = 0; i < width * height; i++)
        picture.pixel[i] = (uint8_t)(fm_random_u32(&random) >> 24);
    return picture;
}

/* The mean over an area by its definition, with fractional pixels. */
static double area_mean(const fm_picture *p, double x0, double y0, double x1, double y1) {
    double sum = 0;
    for (size_t y = 0; y < p->height; y++) {
        for (size_t x = 0; x < p->width; x++) {
            double left = x0 > (double)x ? x0 : (double)x, top = y0 > (double)y ? y0 : (double)y;
            double right = x1 < (double)x + 1 ? x1 : (double)x + 1;
            double bottom = y1 < (double)y + 1 ? y1 : (double)y + 1;
            if (right > left && bottom > top)
                sum += (right - left) * (bottom - top) * p->pixel[y * p->width + x];
        }
    }
    return sum / ((x1 - x0) * (y1 - y0));
}

static void test_area_averaging(void **state) {
    static const size_t sizes[][4] = {{28, 28, 28, 28}, {56, 56, 28, 28}, {30, 17, 28, 16},
                                      {5, 3, 28, 17},   {1, 1, 3, 2},     {100, 41, 7, 3},
                                      {3, 100, 1, 28}};
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const size_t width = sizes[i][2], height = sizes[i][3];
        fm_picture picture = make(sizes[i][0], sizes[i][1]);
        uint8_t out[FM_PIXELS];
        fm_picture_scale(out, width, height, &picture);
        const double dx = (double)picture.width / (double)width;
        const double dy = (double)picture.height / (double)height;
        for (size_t y = 0; y < height; y++) {
            for (size_t x = 0; x < width; x++) {
                double wanted = area_mean(&picture, (double)x * dx, (double)y * dy,
                                          (double)(x + 1) * dx, (double)(y + 1) * dy);
                double off = wanted - out[y * width + x];
                assert_true(off < 0.5001 && off > -0.5001);
            }
        }
        fm_picture_free(&picture);
    }
}

static void test_data_set_image_is_unchanged(void **state) {
    (void)state;
    fm_picture picture = make(28, 28);
    uint8_t image[FM_PIXELS];
    fm_picture_to_image(image, &picture);
    assert_memory_equal(image, picture.pixel, FM_PIXELS);
    fm_picture_free(&picture);
}

static void test_proportions(void **state) {
    static const struct {
        size_t width, height, fitted_width, fitted_height;
    } cases[] = {{28, 28, 28, 28},  {1, 1, 28, 28},    {56, 28, 28, 14},       {30, 40, 21, 28},
                 {1, 16384, 1, 28}, {16384, 1, 28, 1}, {16384, 16384, 28, 28}, {100, 75, 28, 21}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const fm_picture picture = {cases[i].width, cases[i].height, NULL};
        size_t width, height;
        fm_picture_fitting(&width, &height, &picture, FM_IMAGE_SIDE);
        assert_int_equal(width, cases[i].fitted_width);
        assert_int_equal(height, cases[i].fitted_height);
    }
}

/* A white picture twice as wide as high fills the middle rows; the other rows are black. */
static void test_centred_on_black(void **state) {
    fm_picture picture;
    fm_error error = {0};
    uint8_t image[FM_PIXELS];
    (void)state;
    CHECK_OK(fm_picture_create(&picture, 200, 100, "picture", &error), &error);
    memset(picture.pixel, 255, 200 * 100);
    fm_picture_to_image(image, &picture);
    for (size_t i = 0; i < FM_PIXELS; i++)
        assert_int_equal(image[i], i / 28 >= 7 && i / 28 < 21 ? 255 : 0);
    fm_picture_free(&picture);
    CHECK_OK(fm_picture_create(&picture, 100, 200, "picture", &error), &error);
    memset(picture.pixel, 255, 200 * 100);
    fm_picture_to_image(image, &picture);
    for (size_t i = 0; i < FM_PIXELS; i++)
        assert_int_equal(image[i], i % 28 >= 7 && i % 28 < 21 ? 255 : 0);
    fm_picture_free(&picture);
}

/* The sum over 2^28 white pixels does not overflow. */
static void test_largest_picture(void **state) {
    fm_picture picture;
    fm_error error = {0};
    uint8_t out = 0;
    (void)state;
    CHECK_OK(fm_picture_create(&picture, 16384, 16384, "picture", &error), &error);
    memset(picture.pixel, 255, (size_t)16384 * 16384);
    fm_picture_scale(&out, 1, 1, &picture);
    assert_int_equal(out, 255);
    fm_picture_free(&picture);
}

static void test_sizes_refused(void **state) {
    static const size_t sizes[][2] = {{0, 1}, {1, 0}, {16385, 1}, {1, 16385}, {SIZE_MAX, SIZE_MAX}};
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        fm_picture picture;
        fm_error error = {0};
        assert_int_equal(fm_picture_create(&picture, sizes[i][0], sizes[i][1], "it", &error),
                         FM_E_ARGUMENT);
        assert_string_equal(error.what, "it");
        assert_null(picture.pixel);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_area_averaging),  cmocka_unit_test(test_data_set_image_is_unchanged),
        cmocka_unit_test(test_proportions),     cmocka_unit_test(test_centred_on_black),
        cmocka_unit_test(test_largest_picture), cmocka_unit_test(test_sizes_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
