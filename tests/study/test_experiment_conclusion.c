/* What is concluded from given figures: the best, the verdicts on the others, and the choice. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "study/experiment.h"
#include "study/plan.h"
#include "support/check.h"

enum { MOST_SEEDS = 10, MOST_VALUES = 4 };
static fm_experiment e;
static fm_epoch curves[MOST_VALUES * MOST_SEEDS];
static fm_trial trials[MOST_VALUES * MOST_SEEDS];
static char finished[MOST_VALUES * MOST_SEEDS];

/* accuracy[v][s] below 0: that trial failed. 0: it is not finished. */
typedef double accuracies[MOST_SEEDS];

static void make(enum fm_factor factor, const char *values, size_t seeds, size_t most_seeds,
                 const accuracies *accuracy) {
    fm_settings fixed;
    fm_error error = {0};
    fm_settings_init(&fixed);
    CHECK_OK(fm_plan_create(&e.plan, factor, values, &fixed, seeds, 60000, &error), &error);
    e.plan.most_seeds = most_seeds;
    e.count = fm_plan_trials(&e.plan);
    e.images.count = 60000;
    e.trials = trials;
    e.finished = finished;
    for (size_t i = 0; i < e.count; i++) {
        const double got = accuracy[i / most_seeds][i % most_seeds];
        curves[i] = (fm_epoch){.number = 1, .seconds = 1 + (double)i};
        curves[i].val = (fm_score){.loss = 1 - got, .accuracy = got};
        trials[i] = (fm_trial){.value = i / most_seeds,
                               .seed = i % most_seeds,
                               .failed = got < 0,
                               .epochs = got < 0 ? 0 : 1,
                               .curve = &curves[i]};
        finished[i] = (char)(got < 0 || got > 0);
    }
}

static void conclude(fm_conclusion *out, char words[4000], enum fm_factor factor,
                     const char *values, size_t seeds, const accuracies *accuracy) {
    make(factor, values, seeds, seeds, accuracy);
    fm_experiment_conclude(out, &e);
    fm_conclusion_text(words, 4000, out, &e.plan);
}

static void assert_says(const char *words, const char *part) {
    if (!strstr(words, part))
        fail_msg("'%s' is not in: %s", part, words);
}

static void test_the_cheaper(void **state) {
    (void)state;
    const accuracies accuracy[] = {
        {0.800, 0.808, 0.806}, {0.883, 0.887, 0.881}, {0.884, 0.886, 0.883}};
    fm_conclusion c;
    char words[4000];
    conclude(&c, words, FM_FACTOR_NODES, "64,256,2048", 3, accuracy);
    assert_int_equal(c.best, 2);
    assert_int_equal(c.choice, 1);
    assert_int_equal(c.value[0].verdict, FM_VERDICT_WORSE);
    assert_int_equal(c.value[1].verdict, FM_VERDICT_UNDECIDED);
    assert_int_equal(c.value[2].verdict, FM_VERDICT_BEST);
    assert_true(c.value[0].difference.high < 0 && c.value[0].difference.low < -0.08);
    assert_true(c.value[1].difference.low < -0.002 && c.value[1].difference.high > 0);
    assert_true(c.tie);
    assert_says(words, "Best: nodes 2048, 88.43 %");
    assert_says(words, "64 is worse.");
    assert_says(words, "256 is undecided.");
    assert_says(words, "Choice: 256, the cheapest within one standard error of the best");
    assert_says(words, "a tie that more seeds would settle (--until-decided)");
    assert_says(words, "Warning: the best value is the largest that was tried");
    /* With a margin that contains its interval, it is equivalent. */
    e.plan.margin = 0.02;
    fm_experiment_conclude(&c, &e);
    assert_int_equal(c.value[1].verdict, FM_VERDICT_EQUIVALENT);
    assert_false(c.tie);
}

/* The choice depends on the computed cost alone. */
static void test_measured_time_is_ignored(void **state) {
    (void)state;
    const accuracies accuracy[] = {{0.883, 0.887, 0.881}, {0.884, 0.886, 0.883}};
    fm_conclusion c;
    make(FM_FACTOR_NODES, "256,2048", 3, 3, accuracy);
    for (size_t i = 0; i < 6; i++)
        curves[i].seconds = i < 3 ? 100 : 1;
    fm_experiment_conclude(&c, &e);
    assert_int_equal(c.best, 1);
    assert_int_equal(c.choice, 0);
    assert_true(c.value[0].flops < c.value[1].flops && c.value[0].bytes < c.value[1].bytes);
    /* 784-256-256-10 with Adam: 269,322 parameters, 48,000 images, 10 epochs of 375 updates. */
    assert_true(fabs(c.value[0].flops / (6.0 * 269322 * 480000) - 1) < 1e-12);
    assert_true(
        fabs(c.value[0].bytes / (3750.0 * 269322 * 4 * 10 + 480000.0 * (2 * 784 + 16 * 522)) - 1) <
        1e-12);
    /* The same cost: the best. */
    make(FM_FACTOR_LR, "0.001,0.003", 3, 3, accuracy);
    fm_experiment_conclude(&c, &e);
    assert_int_equal(c.choice, 1);
}

/* Undecided, but more than one standard error below the best. */
static void test_cheap_and_less_good(void **state) {
    (void)state;
    const accuracies accuracy[] = {{0.84, 0.87, 0.85}, {0.88, 0.88, 0.89}};
    fm_conclusion c;
    char words[4000];
    conclude(&c, words, FM_FACTOR_NODES, "64,256", 3, accuracy);
    assert_int_equal(c.value[0].verdict, FM_VERDICT_UNDECIDED);
    assert_int_equal(c.choice, 1);
}

/* A small difference that is the same with every seed is beyond the noise. */
static void test_pairs_by_seed(void **state) {
    (void)state;
    const accuracies accuracy[] = {{0.70, 0.80, 0.90}, {0.705, 0.805, 0.905}};
    fm_conclusion c;
    char words[4000];
    conclude(&c, words, FM_FACTOR_LAYERS, "1,2", 3, accuracy);
    assert_int_equal(c.value[0].verdict, FM_VERDICT_WORSE);
    assert_int_equal(c.choice, 1);
    assert_says(words, "Warning: values differ by less than seeds do");
}

static void test_one_seed(void **state) {
    (void)state;
    const accuracies accuracy[] = {{0.5}, {0.9}, {0.7}};
    fm_conclusion c;
    char words[4000];
    conclude(&c, words, FM_FACTOR_LR, "0.001,0.003,0.01", 1, accuracy);
    assert_int_equal(c.value[0].verdict, FM_VERDICT_UNDECIDED);
    assert_int_equal(c.value[1].verdict, FM_VERDICT_BEST);
    assert_int_equal(c.value[2].verdict, FM_VERDICT_UNDECIDED);
    assert_false(c.value[0].compared);
    assert_int_equal(c.look_count, 0);
    assert_says(words, "One seed says nothing about chance");
    assert_null(strstr(words, "smallest"));
}

static void test_failed_trials(void **state) {
    (void)state;
    /* The best mean has a seed that diverged; another guesses with one seed; another never ran. */
    const accuracies accuracy[] = {
        {0.80, 0.81, 0.82}, {0.99, 0.99, -1}, {0.85, 0.101, 0.85}, {-1, -1, -1}};
    fm_conclusion c;
    char words[4000];
    conclude(&c, words, FM_FACTOR_LR, "0.001,0.003,0.01,0.03", 3, accuracy);
    assert_int_equal(c.best, 0);
    assert_int_equal(c.choice, 0);
    assert_int_equal(c.value[1].failed, 1);
    assert_int_equal(c.value[2].at_chance, 1);
    for (size_t v = 1; v < 4; v++)
        assert_int_equal(c.value[v].verdict, FM_VERDICT_FAILED);
    assert_int_equal(c.look_count, 0);
    assert_says(words, "0.03 failed with every seed");
    assert_says(words, "0.003 failed with some seeds");
    assert_says(words, "0.01 failed: with some or all seeds no better than guessing");
}

static void test_nothing_is_chosen(void **state) {
    (void)state;
    const accuracies accuracy[] = {{0.10, 0.09, 0.10}, {-1, -1, -1}};
    fm_conclusion c;
    char words[4000];
    conclude(&c, words, FM_FACTOR_LR, "0.03,0.1", 3, accuracy);
    assert_true(c.best == FM_NO_VALUE && c.choice == FM_NO_VALUE);
    assert_says(words, "0.03 failed: with some or all seeds no better than guessing");
    assert_says(words, "Every value of lr failed: nothing is chosen");
}

/* ---- Added seeds ---- */

/* Value 0 is clearly worse after the first look. Values 1 and 2 need more seeds. */
static const accuracies adding[] = {
    {0.700, 0.702, 0.701, 0.703},
    {0.880, 0.884, 0.879, 0.882, 0.880, 0.881, 0.883, 0.880, 0.881, 0.882},
    {0.885, 0.882, 0.883, 0.886, 0.884, 0.885, 0.886, 0.885, 0.885, 0.887}};

static void test_added_seeds(void **state) {
    (void)state;
    accuracies so_far[3] = {{0}};
    fm_conclusion c;
    const size_t wanted[] = {3, 5, 8, 10};
    memcpy(so_far[0], adding[0], 3 * sizeof(double));
    for (size_t look = 0; look < 4; look++) {
        memcpy(so_far[1], adding[1], wanted[look] * sizeof(double));
        memcpy(so_far[2], adding[2], wanted[look] * sizeof(double));
        make(FM_FACTOR_LR, "0.001,0.003,0.01", 3, 10, (const accuracies *)so_far);
        fm_experiment_conclude(&c, &e);
        assert_int_equal(c.look_count, look + 1);
        assert_int_equal(c.look[look].seeds, wanted[look]);
        assert_int_equal(c.value[0].verdict, FM_VERDICT_WORSE);
        assert_int_equal(c.value[0].seeds, 3);
        if (c.value[1].verdict != FM_VERDICT_UNDECIDED)
            break;
        assert_int_equal(c.value[1].seeds, look < 3 ? wanted[look + 1] : 10);
        assert_int_equal(c.value[2].seeds, c.value[1].seeds);
    }
    assert_true(c.look_count > 1);
    assert_int_equal(c.look[1].count, 2);
    assert_int_equal(c.value[1].verdict, FM_VERDICT_WORSE);
    /* The error rate is spent in proportion to the seeds: 3 of 10, then 2 of 10. */
    assert_true(fabs(c.look[0].alpha - 0.015) < 1e-12);
    assert_true(fabs(c.look[1].alpha - 0.010) < 1e-12);
}

/* Further results in the journal do not change the conclusion. */
static void test_decided_early(void **state) {
    (void)state;
    const accuracies accuracy[] = {{0.700, 0.702, 0.701, 0.99, 0.99},
                                   {0.880, 0.882, 0.881, 0.10, 0.10}};
    fm_conclusion c;
    make(FM_FACTOR_LR, "0.001,0.003", 3, 10, accuracy);
    fm_experiment_conclude(&c, &e);
    assert_int_equal(c.best, 1);
    assert_int_equal(c.look_count, 1);
    assert_int_equal(c.value[0].verdict, FM_VERDICT_WORSE);
    assert_int_equal(c.value[1].n, 3);
}

static void test_cut_text(void **state) {
    (void)state;
    const accuracies accuracy[] = {{0.80, 0.81, 0.82}};
    fm_conclusion c;
    char words[4000], little[20];
    conclude(&c, words, FM_FACTOR_FINAL, NULL, 3, accuracy);
    memset(little, 'x', sizeof little);
    fm_conclusion_text(little, 10, &c, &e.plan);
    assert_int_equal(strlen(little), 9);
    assert_int_equal(little[10], 'x');
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_cheaper),
        cmocka_unit_test(test_measured_time_is_ignored),
        cmocka_unit_test(test_cheap_and_less_good),
        cmocka_unit_test(test_pairs_by_seed),
        cmocka_unit_test(test_one_seed),
        cmocka_unit_test(test_failed_trials),
        cmocka_unit_test(test_nothing_is_chosen),
        cmocka_unit_test(test_added_seeds),
        cmocka_unit_test(test_decided_early),
        cmocka_unit_test(test_cut_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
