/* Images for timing have as many zeros as Fashion-MNIST's. */
#include <string.h>

#include "support/check.h"
#include "train/order.h"
#include "tune/images.h"

enum { COUNT = 1280, PIXELS = 784, BATCH = 128 };

static fm_images images;

static double zeros(void) {
    size_t count = 0;
    for (size_t i = 0; i < COUNT * PIXELS; i++)
        count += images.image[i] == 0;
    return (double)count / (COUNT * PIXELS);
}

/* The share of the groups of six neighbours, in an image, that are all zero. */
static double zeros_in_a_row(void) {
    size_t count = 0, groups = PIXELS / 6;
    for (size_t i = 0; i < COUNT; i++)
        for (size_t g = 0; g < groups; g++) {
            int any = 0;
            for (size_t k = 0; k < 6; k++)
                any |= images.image[i * PIXELS + 6 * g + k];
            count += !any;
        }
    return (double)count / (double)(COUNT * groups);
}

/* The same for each pixel of six consecutive images of a batch. */
static double zeros_across_images(void) {
    uint32_t order[COUNT], sorted[COUNT];
    size_t count = 0, groups = 0;
    for (uint32_t i = 0; i < COUNT; i++)
        order[i] = i;
    for (size_t b = 0; b < COUNT; b += BATCH) {
        fm_order_by_class(sorted + b, order + b, BATCH, images.label);
        for (size_t i = b; i + 6 <= b + BATCH; i += 6, groups++)
            for (size_t p = 0; p < PIXELS; p++) {
                int any = 0;
                for (size_t k = 0; k < 6; k++)
                    any |= images.image[sorted[i + k] * PIXELS + p];
                count += !any;
            }
    }
    return (double)count / (double)(groups * PIXELS);
}

static void assert_about(double actual, double expected) {
    if (!(actual > expected - 0.03 && actual < expected + 0.03))
        fail_msg("%.3f is not about %.3f", actual, expected);
}

/* The values of the first 1280 images of the training set, in batches of 128. */
static void test_zeros_as_in_the_data_set(void **state) {
    (void)state;
    assert_about(zeros(), 0.508);
    assert_about(zeros_across_images(), 0.269);
    assert_about(zeros_in_a_row(), 0.322);
}

static void test_labels(void **state) {
    size_t seen[FM_CLASSES] = {0};
    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        assert_in_range(images.label[i], 0, FM_CLASSES - 1);
        seen[images.label[i]]++;
    }
    for (size_t c = 0; c < FM_CLASSES; c++)
        assert_in_range(seen[c], 60, 200);
}

static void test_the_same_each_time(void **state) {
    fm_images again;
    fm_error error = {0};
    (void)state;
    CHECK_OK(fm_tune_images_create(&again, COUNT, PIXELS, &error), &error);
    assert_memory_equal(again.image, images.image, COUNT * PIXELS);
    assert_memory_equal(again.label, images.label, COUNT);
    fm_tune_images_free(&again);
}

static int create(void **state) {
    (void)state;
    return fm_tune_images_create(&images, COUNT, PIXELS, NULL);
}

static int destroy(void **state) {
    (void)state;
    fm_tune_images_free(&images);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_zeros_as_in_the_data_set),
        cmocka_unit_test(test_labels),
        cmocka_unit_test(test_the_same_each_time),
    };
    return cmocka_run_group_tests(tests, create, destroy);
}
