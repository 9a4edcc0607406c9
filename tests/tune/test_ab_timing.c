/* The verdict and the ratio of an A/B timing. */
#include "support/check.h"
#include "tune/ab_timing.h"

static fm_ab_timing timing_of(size_t rounds, const double *ratios) {
    fm_ab_timing timing = {.steps = 1, .rounds = rounds};
    for (size_t i = 0; i < rounds; i++)
        timing.ratio[i] = ratios[i];
    return timing;
}

#define VERDICT(...)                                                                               \
    verdict((const double[]){__VA_ARGS__}, sizeof((double[]){__VA_ARGS__}) / sizeof(double))

static enum fm_ab_verdict verdict(const double *ratios, size_t rounds) {
    const fm_ab_timing timing = timing_of(rounds, ratios);
    return fm_ab_verdict(&timing);
}

static void test_too_early(void **state) {
    (void)state;
    const fm_ab_timing none = {.steps = 1};
    assert_int_equal(fm_ab_verdict(&none), FM_AB_OPEN);
    assert_int_equal(VERDICT(2, 2), FM_AB_OPEN);
    assert_int_equal(VERDICT(0.5, 0.5, 0.5, 0.5, 0.5, 0.5), FM_AB_OPEN);
    assert_int_equal(VERDICT(1.01, 1.02, 1.01, 1.02), FM_AB_OPEN);
}

static void test_much_slower_ends_early(void **state) {
    (void)state;
    assert_int_equal(VERDICT(1.04, 1.2, 1.05), FM_AB_SLOWER);
    assert_int_equal(VERDICT(1.04, 1.2, 1.02), FM_AB_OPEN);
}

static void test_faster(void **state) {
    (void)state;
    assert_int_equal(VERDICT(0.95, 0.96, 0.95, 0.94, 0.97, 0.95, 0.95), FM_AB_FASTER);
    /* One round may be an outlier, but not two of so few. */
    assert_int_equal(VERDICT(0.95, 0.96, 3, 0.94, 0.97, 0.95, 0.95), FM_AB_FASTER);
    assert_int_equal(VERDICT(0.95, 0.96, 3, 0.94, 3, 0.95, 0.95), FM_AB_OPEN);
}

/* Faster each time, but by less than one percent. */
static void test_less_than_one_percent_faster(void **state) {
    double ratios[FM_AB_MOST_ROUNDS];
    (void)state;
    for (size_t i = 0; i < FM_AB_MOST_ROUNDS; i++)
        ratios[i] = 0.995;
    assert_int_equal(verdict(ratios, 7), FM_AB_OPEN);
    assert_int_equal(verdict(ratios, FM_AB_MOST_ROUNDS), FM_AB_SLOWER);
}

static void test_slower(void **state) {
    (void)state;
    assert_int_equal(VERDICT(1.01, 0.9, 1.02, 0.9, 1.01, 0.9, 1.01), FM_AB_SLOWER);
    assert_int_equal(VERDICT(1.01, 0.9, 1.02, 0.9, 1.01, 0.9, 0.9), FM_AB_OPEN);
}

static void test_ratio_is_the_median(void **state) {
    (void)state;
    const fm_ab_timing odd = timing_of(3, (const double[]){9, 1, 2});
    const fm_ab_timing even = timing_of(4, (const double[]){9, 1, 2, 4});
    assert_true(fm_ab_ratio(&odd) == 2);
    assert_true(fm_ab_ratio(&even) == 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_too_early), cmocka_unit_test(test_much_slower_ends_early),
        cmocka_unit_test(test_faster),    cmocka_unit_test(test_less_than_one_percent_faster),
        cmocka_unit_test(test_slower),    cmocka_unit_test(test_ratio_is_the_median),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
