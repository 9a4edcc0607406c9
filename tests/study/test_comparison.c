/* The comparison of values within seeds: worked examples, and its error rates in simulated
 * experiments. */
#include <math.h>
#include <string.h>

#include "base/count.h"
#include "base/random.h"
#include "base/statistics.h"
#include "base/studentized_range.h"
#include "study/comparison.h"
#include "support/check.h"

static void assert_within(double actual, double expected, double tolerance) {
    if (!(fabs(actual - expected) <= tolerance))
        fail_msg("%.12g, not %.12g", actual, expected);
}

/* ---- Examples ---- */

/* Two values: the paired t-test. The sleep of ten patients under two drugs (Student, "The probable
 * error of a mean", Biometrika 6, 1908): the mean difference is 1.58, its standard error 0.3890,
 * and t for 9 degrees of freedom 2.262. */
static void test_two_values(void **state) {
    (void)state;
    double results[] = {1.9, 0.8,  1.1,  0.1,  -0.1, 4.4, 5.5, 1.6, 4.6, 3.4,
                        0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0};
    fm_look look;
    fm_look_prepare(&look, 2, 10, 0.05);
    fm_look_compare(&look, results);
    const fm_difference d = fm_look_difference(&look, 0, 1);
    assert_within(d.mean, 1.58, 1e-12);
    assert_within(d.high - d.mean, 2.2622 * 0.3890, 1e-3);
    assert_within(d.mean - d.low, d.high - d.mean, 1e-12);
}

/* Differences that are the same with every seed are exact. */
static void test_no_difference(void **state) {
    (void)state;
    double same[3][4] = {{1, 2, 3, 5}, {2, 3, 4, 6}, {1, 2, 3, 5}};
    fm_look look;
    fm_look_prepare(&look, 3, 4, 0.05);
    fm_look_compare(&look, same[0]);
    const fm_difference d = fm_look_difference(&look, 1, 0), none = fm_look_difference(&look, 2, 0);
    assert_true(d.mean == 1 && d.low == 1 && d.high == 1);
    assert_true(none.mean == 0 && none.low == 0 && none.high == 0);
}

/* ---- Simulated experiments ---- */

enum { VALUES = 7, EXPERIMENTS = 2000, MOST_SEEDS = 10 };

static double normal(fm_random *random) {
    const double pi = acos(-1);
    return sqrt(-2 * log(1 - (double)fm_random_unit(random))) *
           cos(2 * pi * (double)fm_random_unit(random));
}

/* Standard deviations in percent points: as measured among the study's learning rates, and equal.
 * Between seeds 0.25. */
static const double deviations[][VALUES] = {{0.15, 0.19, 0.26, 0.12, 0.33, 0.35, 0.87},
                                            {0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3}};
static const struct {
    const char *name;
    double mean[VALUES];
} means[] = {
    {"all equal", {0, 0, 0, 0, 0, 0, 0}},
    {"as the learning rates", {-1.8, -0.5, -0.1, 0, -0.3, -1.5, -5}},
    {"two precise best", {0, -1, -1, 0, -1, -1, -1}},
    {"two noisy best", {-1, -1, -1, -1, -1, 0, 0}},
    {"a precise and a noisy best", {-1, -1, -1, 0, -1, -1, 0}},
};
enum { SETS = FM_COUNT(means) };

/* How often a best value was called worse, how many of the other values were called worse, and how
 * often all intervals to the best held the true difference. */
typedef struct rates {
    double wrong, power, coverage;
} rates;

typedef void (*compare)(fm_look *look, double *results);

/* Games-Howell with Grubbs' plain estimates. The smallest become a twentieth of the mean; if tiny
 * ones were allowed, tied values would be called worse in up to 19 % of experiments. */
static void compare_plainly(fm_look *look, double *results) {
    double effect, square[VALUES] = {0}, sum = 0, mean = 0;
    for (size_t v = 0; v < VALUES; v++)
        look->mean[v] = fm_mean(results + v * look->seeds, look->seeds);
    for (size_t s = 0; s < look->seeds; s++) {
        effect = 0;
        for (size_t v = 0; v < VALUES; v++)
            effect += (results[v * look->seeds + s] - look->mean[v]) / VALUES;
        for (size_t v = 0; v < VALUES; v++) {
            const double residual = results[v * look->seeds + s] - look->mean[v] - effect;
            square[v] += residual * residual / (double)(look->seeds - 1);
        }
    }
    for (size_t v = 0; v < VALUES; v++)
        sum += square[v];
    for (size_t v = 0; v < VALUES; v++) {
        look->variance[v] = VALUES / (VALUES - 2.0) * (square[v] - sum / (VALUES * (VALUES - 1)));
        mean += look->variance[v] / VALUES;
    }
    for (size_t v = 0; v < VALUES; v++)
        look->variance[v] = fmax(look->variance[v], 0.05 * mean);
}

static void simulate(rates *out, const fm_look *prepared, compare method, const double *mean,
                     const double *deviation) {
    fm_random random;
    size_t others = 0, found = 0, wrong = 0, covered = 0;
    fm_look look = *prepared;
    fm_random_seed(&random, 1, 1);
    for (size_t v = 0; v < VALUES; v++)
        others += mean[v] < 0;
    for (int i = 0; i < EXPERIMENTS; i++) {
        double results[VALUES * MOST_SEEDS], effect[MOST_SEEDS];
        for (size_t s = 0; s < look.seeds; s++)
            effect[s] = 0.25 * normal(&random);
        for (size_t v = 0; v < VALUES; v++)
            for (size_t s = 0; s < look.seeds; s++)
                results[v * look.seeds + s] = mean[v] + effect[s] + deviation[v] * normal(&random);
        method(&look, results);
        size_t best = 0;
        for (size_t v = 1; v < VALUES; v++)
            best = look.mean[v] > look.mean[best] ? v : best;
        int is_wrong = 0, is_covered = 1;
        for (size_t v = 0; v < VALUES; v++) {
            const fm_difference d = fm_look_difference(&look, v, best);
            const double truth = mean[v] - mean[best];
            if (v == best)
                continue;
            is_wrong |= d.high < 0 && !(mean[v] < 0);
            is_covered &= d.low <= truth && truth <= d.high;
            found += d.high < 0 && mean[v] < 0;
        }
        wrong += is_wrong != 0;
        covered += is_covered != 0;
    }
    *out = (rates){(double)wrong / EXPERIMENTS,
                   others ? (double)found / (double)(others * EXPERIMENTS) : 1,
                   (double)covered / EXPERIMENTS};
}

static void test_error_rates(void **state) {
    (void)state;
    static const size_t seeds[] = {3, 5, 10};
    for (size_t n = 0; n < FM_COUNT(seeds); n++) {
        fm_look ours, plain;
        fm_look_prepare(&ours, VALUES, seeds[n], 0.05);
        plain = ours;
        plain.freedom = (double)(seeds[n] - 1);
        fm_range_quantiles_make(plain.quantiles, 0.05, VALUES, plain.freedom);
        for (size_t d = 0; d < FM_COUNT(deviations); d++)
            for (size_t m = 0; m < SETS; m++) {
                rates r, games_howell;
                const double most = m == 0 ? 0.10 : 0.05;
                simulate(&r, &ours, fm_look_compare, means[m].mean, deviations[d]);
                simulate(&games_howell, &plain, compare_plainly, means[m].mean, deviations[d]);
                print_message("%2zu seeds, deviations %zu, %s: wrong %.2f %%, power %.1f %% "
                              "(Games-Howell %.2f %%, %.1f %%), intervals hold in %.1f %%\n",
                              seeds[n], d, means[m].name, 100 * r.wrong, 100 * r.power,
                              100 * games_howell.wrong, 100 * games_howell.power, 100 * r.coverage);
                if (r.wrong > most)
                    fail_msg("wrong verdicts in more than %.0f %%", 100 * most);
                if (r.coverage < 0.92)
                    fail_msg("the intervals hold too rarely");
                if (r.power < games_howell.power - 0.005)
                    fail_msg("less power than Games-Howell");
            }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_values),
        cmocka_unit_test(test_no_difference),
        cmocka_unit_test(test_error_rates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
