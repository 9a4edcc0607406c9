/* The split into training and validation images. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fmnist_cl/dataset.h"
#include "support/check.h"

static fm_split create(size_t count, double fraction, uint64_t seed, int shuffle) {
    fm_split split;
    fm_error error = {0};
    CHECK_OK(fm_split_create(&split, count, fraction, seed, shuffle, &error), &error);
    return split;
}

static void test_sizes(void **state) {
    (void)state;
    static const struct {
        size_t count;
        double fraction;
        size_t val_count;
    } cases[] = {
        {60000, 0.2, 12000}, {60000, 0.0, 0}, {10, 0.25, 3}, {10, 0.24, 2},
        {3, 0.5, 2},         {1, 0.0, 0},     {1, 0.4, 0},   {60000, 0.99999, 59999},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fm_split split = create(cases[i].count, cases[i].fraction, 0, 1);
        assert_int_equal(split.val_count, cases[i].val_count);
        assert_int_equal(split.train_count, cases[i].count - cases[i].val_count);
        fm_split_free(&split);
        assert_null(split.train);
        assert_int_equal(split.train_count, 0);
    }
}

/* Each image is in exactly one of the two parts. */
static void check_partition(const fm_split *split) {
    size_t count = split->train_count + split->val_count;
    unsigned char *seen = calloc(count, 1);
    assert_non_null(seen);
    for (size_t i = 0; i < count; i++) {
        uint32_t image =
            i < split->train_count ? split->train[i] : split->val[i - split->train_count];
        assert_true(image < count);
        assert_int_equal(seen[image]++, 0);
    }
    free(seen);
}

static void test_shuffled(void **state) {
    (void)state;
    fm_split split = create(60000, 0.2, 0, 1);
    check_partition(&split);
    /* Validation images come from the whole file: their mean index is 30000 +- 158 (one s.d.). */
    double sum = 0.0;
    for (size_t i = 0; i < split.val_count; i++)
        sum += split.val[i];
    assert_true(fabs(sum / (double)split.val_count - 30000.0) < 5 * 158.0);
    fm_split_free(&split);
}

static void test_in_file_order(void **state) {
    (void)state;
    fm_split split = create(100, 0.2, 5, 0);
    for (uint32_t i = 0; i < 80; i++)
        assert_int_equal(split.train[i], i);
    for (uint32_t i = 0; i < 20; i++)
        assert_int_equal(split.val[i], 80 + i);
    fm_split_free(&split);
}

static void test_seeds(void **state) {
    (void)state;
    fm_split one = create(1000, 0.2, 1, 1), again = create(1000, 0.2, 1, 1);
    fm_split two = create(1000, 0.2, 2, 1);
    assert_memory_equal(one.train, again.train, 800 * sizeof *one.train);
    assert_memory_equal(one.val, again.val, 200 * sizeof *one.val);
    assert_memory_not_equal(one.train, two.train, 800 * sizeof *one.train);
    fm_split_free(&one);
    fm_split_free(&again);
    fm_split_free(&two);
}

static void test_refused(void **state) {
    (void)state;
    static const struct {
        size_t count;
        double fraction;
        const char *why;
    } cases[] = {
        {10, 1.0, "expected at least 0 and below 1"},
        {10, -0.1, "expected at least 0 and below 1"},
        {10, NAN, "expected at least 0 and below 1"},
        {10, INFINITY, "expected at least 0 and below 1"},
        {10, 0.96, "leaves none of the 10"},
        {1, 0.5, "leaves none of the 1"},
        {0, 0.0, "0 images"},
        {SIZE_MAX, 0.2, "images cannot be split"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fm_split split;
        fm_error error = {0};
        assert_int_equal(fm_split_create(&split, cases[i].count, cases[i].fraction, 0, 1, &error),
                         FM_E_ARGUMENT);
        CHECK_SAYS(error.why, cases[i].why);
        assert_null(split.train);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),         cmocka_unit_test(test_shuffled),
        cmocka_unit_test(test_in_file_order), cmocka_unit_test(test_seeds),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
