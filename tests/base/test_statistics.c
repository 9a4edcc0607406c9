/* Means, deviations and medians against numbers worked out by hand. */
#include <math.h>

#include "base/statistics.h"
#include "support/check.h"

static void assert_near(double actual, double expected) {
    if (!(fabs(actual - expected) <= 1e-12 * fabs(expected)))
        fail_msg("%.17g, not %.17g", actual, expected);
}

static void test_mean_and_deviation(void **state) {
    (void)state;
    const double values[] = {2, 4, 4, 4, 5, 5, 7, 9};
    assert_near(fm_mean(values, 8), 5);
    assert_near(fm_standard_deviation(values, 8), sqrt(32.0 / 7));
    assert_near(fm_mean(values, 1), 2);
    assert_true(fm_standard_deviation(values, 1) == 0);
    const double same[] = {0.875, 0.875, 0.875};
    assert_true(fm_standard_deviation(same, 3) == 0);
}

static void test_median(void **state) {
    (void)state;
    double values[] = {9, 1, 2, 4};
    assert_near(fm_median(values, 1), 9);
    assert_near(fm_median(values, 4), 3);
    assert_near(fm_median((double[]){9, 1, 2}, 3), 2);
    fm_sort(values, 4);
    assert_memory_equal(values, ((double[]){1, 2, 4, 9}), sizeof values);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mean_and_deviation),
        cmocka_unit_test(test_median),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
