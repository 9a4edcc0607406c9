/* The studentized range against published tables, scipy's values and closed forms. */
#include <math.h>

#include "base/count.h"
#include "base/studentized_range.h"
#include "support/check.h"

static void assert_within(double actual, double expected, double tolerance) {
    if (!(fabs(actual - expected) <= tolerance))
        fail_msg("%.12g, not %.12g", actual, expected);
}

/* Upper 5 % and 1 % points from H. L. Harter, "Tables of range and studentized range", Annals of
 * Mathematical Statistics 31 (1960). */
static void test_published_tables(void **state) {
    (void)state;
    static const struct {
        double alpha, freedom;
        double q[9]; /* 2 to 10 values */
    } rows[] = {
        {0.05, 2, {6.08, 8.33, 9.80, 10.88, 11.73, 12.43, 13.03, 13.54, 13.99}},
        {0.05, 5, {3.64, 4.60, 5.22, 5.67, 6.03, 6.33, 6.58, 6.80, 6.99}},
        {0.05, 10, {3.15, 3.88, 4.33, 4.65, 4.91, 5.12, 5.30, 5.46, 5.60}},
        {0.05, 20, {2.95, 3.58, 3.96, 4.23, 4.45, 4.62, 4.77, 4.90, 5.01}},
        {0.05, 120, {2.80, 3.36, 3.68, 3.92, 4.10, 4.24, 4.36, 4.47, 4.56}},
        {0.01, 5, {5.70, 6.98, 7.80, 8.42, 8.91, 9.32, 9.67, 9.97, 10.24}},
    };
    for (size_t r = 0; r < FM_COUNT(rows); r++)
        for (size_t i = 0; i < 9; i++)
            assert_within(fm_studentized_range_quantile(rows[r].alpha, i + 2, rows[r].freedom),
                          rows[r].q[i], 0.0051);
}

/* scipy.stats.studentized_range.cdf and .ppf, scipy 1.17.1. */
static void test_real_freedom(void **state) {
    (void)state;
    static const struct {
        double q;
        size_t count;
        double freedom, probability;
    } known[] = {
        {4, 2, 1.5, 0.855518082494},   {6.6, 3, 2.57, 0.949897888414},
        {9, 7, 1.714, 0.881600849509}, {9.6, 7, 2.571, 0.949830303363},
        {7, 7, 4.286, 0.954811862020}, {3, 7, 17.3, 0.616667359288},
        {11, 30, 3.7, 0.957094868283}, {5.5, 100, 60.5, 0.730851887252},
    };
    static const struct {
        double alpha;
        size_t count;
        double freedom, q;
    } quantiles[] = {
        {0.05, 2, 0.75, 40.653528239}, {0.01, 3, 2.57, 12.826176807},
        {0.05, 7, 2.571, 9.613595293}, {0.015, 7, 2.571, 15.693827468},
        {0.05, 7, 4.286, 6.801393713}, {0.001, 15, 9.33, 10.934147573},
        {0.05, 30, 2.9, 12.548123370}, {0.05, 100, 200.5, 6.199053427},
    };
    for (size_t i = 0; i < FM_COUNT(known); i++)
        assert_within(fm_studentized_range_cdf(known[i].q, known[i].count, known[i].freedom),
                      known[i].probability, 1e-9);
    for (size_t i = 0; i < FM_COUNT(quantiles); i++)
        assert_within(fm_studentized_range_quantile(quantiles[i].alpha, quantiles[i].count,
                                                    quantiles[i].freedom) /
                          quantiles[i].q,
                      1, 1e-9);
}

/* For two values it is Student's t: at 1 and 2 degrees, tan(0.475 pi) and 0.95 / sqrt(0.0975 / 2).
 */
static void test_two_values(void **state) {
    (void)state;
    const double pi = acos(-1);
    assert_within(fm_studentized_range_quantile(0.05, 2, 1) / sqrt(2), tan(0.475 * pi), 1e-7);
    assert_within(fm_studentized_range_quantile(0.05, 2, 2) / sqrt(2), 0.95 / sqrt(0.0975 / 2),
                  1e-8);
}

static void test_ends(void **state) {
    (void)state;
    assert_true(fm_studentized_range_cdf(0, 3, 5) == 0);
    assert_true(fm_studentized_range_cdf(-1, 3, 5) == 0);
    assert_within(fm_studentized_range_cdf(1e6, 3, 5), 1, 1e-12);
    assert_within(fm_studentized_range_quantile(0.5, 2, 100), 0.957, 0.001); /* 0.6770 sqrt(2) */
}

static void test_interpolation(void **state) {
    (void)state;
    static const double least[] = {0.5, 1.714, 4.3, 40};
    for (size_t i = 0; i < FM_COUNT(least); i++) {
        double quantiles[FM_RANGE_NODES];
        fm_range_quantiles_make(quantiles, 0.02, 7, least[i]);
        for (int step = 0; step <= 10; step++) {
            const double freedom = least[i] * (1 + 0.1 * step);
            assert_within(fm_range_quantiles_at(quantiles, freedom, least[i]) /
                              fm_studentized_range_quantile(0.02, 7, freedom),
                          1, 1e-6);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published_tables), cmocka_unit_test(test_real_freedom),
        cmocka_unit_test(test_two_values),       cmocka_unit_test(test_ends),
        cmocka_unit_test(test_interpolation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
