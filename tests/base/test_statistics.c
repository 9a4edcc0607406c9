/* Means, deviations and the paired t test against numbers worked out by hand and from tables. */
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

static void test_paired_t(void **state) {
    (void)state;
    /* Differences 1, 2, 3: mean 2, standard error 1 / sqrt(3). */
    const double a[] = {11, 22, 33}, b[] = {10, 20, 30};
    assert_near(fm_paired_t(a, b, 3), 2 * sqrt(3));
    assert_near(fm_paired_t(b, a, 3), -2 * sqrt(3));
    /* Student's own example, the sleep of ten patients under two drugs: t = 4.0621 at 9 degrees. */
    const double first[] = {0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0};
    const double second[] = {1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4};
    assert_true(fabs(fm_paired_t(second, first, 10) - 4.0621) < 5e-5);
}

static void test_no_spread(void **state) {
    (void)state;
    const double a[] = {0.5, 0.25, 0.75}, b[] = {0.25, 0.0, 0.5};
    assert_true(isinf(fm_paired_t(a, b, 3)) && fm_paired_t(a, b, 3) > 0);
    assert_true(isinf(fm_paired_t(b, a, 3)) && fm_paired_t(b, a, 3) < 0);
    assert_true(fm_paired_t(a, a, 3) == 0);
    /* Equal differences that rounding makes unequal: 0.1 each. */
    const double c[] = {0.3, 0.7, 0.9}, d[] = {0.2, 0.6, 0.8};
    assert_true(isinf(fm_paired_t(c, d, 3)));
}

static void test_critical_values(void **state) {
    (void)state;
    assert_near(fm_t_critical(1), 12.706);
    assert_near(fm_t_critical(2), 4.303);
    assert_near(fm_t_critical(4), 2.776);
    assert_near(fm_t_critical(30), 2.042);
    assert_near(fm_t_critical(59), 2.042);
    assert_near(fm_t_critical(60), 2.000);
    for (size_t degrees = 1; degrees < 100; degrees++)
        assert_true(fm_t_critical(degrees) >= fm_t_critical(degrees + 1));
    /* The exact quantiles at 1 and 2 degrees: tan(0.475 pi), and 0.95 / sqrt(0.0975 / 2). */
    const double pi = acos(-1);
    assert_true(fabs(fm_t_critical(1) - tan(0.475 * pi)) < 5e-4);
    assert_true(fabs(fm_t_critical(2) - 0.95 / sqrt(0.0975 / 2)) < 5e-4);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mean_and_deviation), cmocka_unit_test(test_median),
        cmocka_unit_test(test_paired_t),           cmocka_unit_test(test_no_spread),
        cmocka_unit_test(test_critical_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
