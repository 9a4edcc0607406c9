/* Error rates and seeds when seeds are added until no value is undecided, in simulated experiments.
 */
/* wrap: fm_look_prepare */
#include <math.h>
#include <string.h>

#include "base/count.h"
#include "base/random.h"
#include "study/comparison.h"
#include "study/experiment.h"
#include "study/plan.h"
#include "support/check.h"

enum { VALUES = 7, EXPERIMENTS = 1000, FIRST = 3, MOST = 10 };

/* Quantiles take long, and few different ones are needed. */
void __real_fm_look_prepare(fm_look *out, size_t count, size_t seeds, double alpha);
void __wrap_fm_look_prepare(fm_look *out, size_t count, size_t seeds, double alpha);
void __wrap_fm_look_prepare(fm_look *out, size_t count, size_t seeds, double alpha) {
    static fm_look known[VALUES + 1][MOST + 1];
    fm_look *look = &known[count][seeds];
    if (!look->count)
        __real_fm_look_prepare(look, count, seeds, alpha);
    assert_true(look->alpha >= alpha && look->alpha <= alpha); /* the looks are the same */
    out->count = count;
    out->seeds = seeds;
    out->alpha = alpha;
    out->freedom = look->freedom;
    memcpy(out->quantiles, look->quantiles, sizeof out->quantiles);
}

static double normal(fm_random *random) {
    const double pi = acos(-1);
    return sqrt(-2 * log(1 - (double)fm_random_unit(random))) *
           cos(2 * pi * (double)fm_random_unit(random));
}

static fm_experiment e;
static fm_epoch curves[VALUES * MOST];
static fm_trial trials[VALUES * MOST];
static char finished[VALUES * MOST];

static void make_experiment(void) {
    fm_settings fixed;
    fm_error error = {0};
    fm_settings_init(&fixed);
    CHECK_OK(fm_plan_create(&e.plan, FM_FACTOR_LR, "1,2,3,4,5,6,7", &fixed, FIRST, 60000, &error),
             &error);
    e.plan.most_seeds = MOST;
    e.count = fm_plan_trials(&e.plan);
    e.images.count = 60000;
    e.trials = trials;
    e.finished = finished;
    memset(finished, 1, sizeof finished);
    for (size_t i = 0; i < e.count; i++)
        trials[i] = (fm_trial){.epochs = 1, .curve = &curves[i]};
}

/* In percent points, as in test_comparison.c. */
static const double deviations[][VALUES] = {{0.15, 0.19, 0.26, 0.12, 0.33, 0.35, 0.87},
                                            {0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3}};
static const double means[][VALUES] = {
    {0, 0, 0, 0, 0, 0, 0},      {-1.8, -0.5, -0.1, 0, -0.3, -1.5, -5},
    {0, -1, -1, 0, -1, -1, -1}, {-1, -1, -1, -1, -1, 0, 0},
    {-1, -1, -1, 0, -1, -1, 0},
};

static void test_error_rates(void **state) {
    (void)state;
    static fm_conclusion c;
    make_experiment();
    for (size_t d = 0; d < FM_COUNT(deviations); d++)
        for (size_t m = 0; m < FM_COUNT(means); m++) {
            fm_random random;
            size_t wrong = 0, seeds = 0, undecided = 0;
            fm_random_seed(&random, 2, 1);
            for (int i = 0; i < EXPERIMENTS; i++) {
                for (size_t s = 0; s < MOST; s++) {
                    const double effect = 0.25 * normal(&random);
                    for (size_t v = 0; v < VALUES; v++)
                        curves[v * MOST + s].val.accuracy =
                            0.88 +
                            (means[m][v] + effect + deviations[d][v] * normal(&random)) / 100;
                }
                fm_experiment_conclude(&c, &e);
                int is_wrong = 0;
                for (size_t v = 0; v < VALUES; v++) {
                    const enum fm_verdict verdict = c.value[v].verdict;
                    const double below = means[m][c.best] - means[m][v];
                    is_wrong |= verdict == FM_VERDICT_WORSE && !(means[m][v] < 0);
                    is_wrong |= verdict == FM_VERDICT_EQUIVALENT && fabs(below) > 0.2;
                    undecided += verdict == FM_VERDICT_UNDECIDED;
                    seeds += c.value[v].seeds;
                }
                wrong += is_wrong != 0;
            }
            print_message("deviations %zu, means %zu: wrong %.1f %%, %.2f seeds per value, %.2f "
                          "values undecided\n",
                          d, m, 100.0 * (double)wrong / EXPERIMENTS,
                          (double)seeds / EXPERIMENTS / VALUES, (double)undecided / EXPERIMENTS);
            if ((double)wrong > (m == 0 ? 0.10 : 0.05) * EXPERIMENTS)
                fail_msg("too many wrong verdicts");
            if (m > 0 && 2 * seeds > 17 * (size_t)EXPERIMENTS * VALUES)
                fail_msg("seeds are added to decided values");
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_error_rates)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
