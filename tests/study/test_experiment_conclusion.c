/* What is concluded from given figures: the best, what does not differ from it, and the choice. */
#include <stdlib.h>
#include <string.h>

#include "study/experiment.h"
#include "study/plan.h"
#include "support/check.h"

enum { SEEDS = 3, MOST_VALUES = 4 };
static fm_epoch curves[MOST_VALUES * SEEDS];
static fm_trial trials[MOST_VALUES * SEEDS];
static char finished[MOST_VALUES * SEEDS];

/* accuracy[v][s] below 0: that trial failed. */
static void conclude(fm_conclusion *out, char words[2000], enum fm_factor factor,
                     const char *values, double (*accuracy)[SEEDS], const double *seconds) {
    static fm_experiment e;
    fm_settings fixed = {.architecture = {.inputs = 784,
                                          .outputs = 10,
                                          .hidden_count = 2,
                                          .hidden = {256, 256},
                                          .activation = FM_RELU}};
    fm_error error = {0};
    fm_train_options_init(&fixed.options);
    CHECK_OK(fm_plan_create(&e.plan, factor, values, &fixed, SEEDS, 60000, &error), &error);
    e.count = fm_plan_trials(&e.plan);
    e.trials = trials;
    e.finished = finished;
    for (size_t i = 0; i < e.count; i++) {
        const double got = accuracy[i / SEEDS][i % SEEDS];
        curves[i] = (fm_epoch){.number = 1, .seconds = seconds[i / SEEDS]};
        curves[i].val = (fm_score){.loss = 1 - got, .accuracy = got};
        trials[i] = (fm_trial){.value = i / SEEDS,
                               .seed = i % SEEDS,
                               .failed = got < 0,
                               .epochs = got < 0 ? 0 : 1,
                               .curve = &curves[i]};
        finished[i] = 1;
    }
    fm_experiment_conclude(out, &e);
    fm_conclusion_text(words, 2000, out, &e.plan);
}

static void assert_says(const char *words, const char *part) {
    if (!strstr(words, part))
        fail_msg("'%s' is not in: %s", part, words);
}

static void test_the_cheaper_of_equals(void **state) {
    (void)state;
    double accuracy[][SEEDS] = {{0.80, 0.81, 0.82}, {0.875, 0.885, 0.885}, {0.88, 0.88, 0.89}};
    const double seconds[] = {1, 2, 30};
    fm_conclusion c;
    char words[2000];
    conclude(&c, words, FM_FACTOR_NODES, "64,256,2048", accuracy, seconds);
    assert_int_equal(c.best, 2);
    assert_int_equal(c.choice, 1);
    assert_int_equal(c.value[0].verdict, FM_VERDICT_WORSE);
    assert_int_equal(c.value[1].verdict, FM_VERDICT_SAME);
    assert_int_equal(c.value[2].verdict, FM_VERDICT_BEST);
    assert_string_equal(fm_conclusion_verdict(&c, 0), "worse");
    assert_string_equal(fm_conclusion_verdict(&c, 1), "not worse, chosen");
    assert_string_equal(fm_conclusion_verdict(&c, 2), "best");
    /* Differences 0.005, -0.005 and 0.005. */
    assert_true(c.value[1].t > 0.499 && c.value[1].t < 0.501);
    assert_true(c.value[0].n == 3 && c.value[0].seconds > 0.999 && c.value[0].seconds < 1.001);
    assert_says(words, "Best: nodes 2048, 88.33 %");
    assert_says(words, "256 is not worse beyond the noise");
    assert_says(words, "64 is (paired t test over the 3 seeds, 5 %, two-sided: |t| above 4.303)");
    assert_says(words,
                "Choice: 256, within one standard error of the best and cheaper: 2.0 s where "
                "2048 takes 30.0 s");
}

/* What the test cannot tell from the best, with as few seeds, may still be visibly less good. */
static void test_cheap_and_less_good(void **state) {
    (void)state;
    double accuracy[][SEEDS] = {{0.84, 0.87, 0.85}, {0.88, 0.88, 0.89}};
    const double seconds[] = {1, 30};
    fm_conclusion c;
    char words[2000];
    conclude(&c, words, FM_FACTOR_NODES, "64,256", accuracy, seconds);
    assert_int_equal(c.value[0].verdict, FM_VERDICT_SAME);
    assert_int_equal(c.choice, 1);
}

/* Where the value does not decide what a training costs, measured times are noise. */
static void test_no_choice_by_noise(void **state) {
    (void)state;
    double accuracy[][SEEDS] = {{0.87, 0.88, 0.89}, {0.88, 0.88, 0.89}};
    const double seconds[] = {1, 30};
    fm_conclusion c;
    char words[2000];
    conclude(&c, words, FM_FACTOR_LR, "0.001,0.003", accuracy, seconds);
    assert_int_equal(c.choice, 1);
    assert_says(words, "Choice: 0.003.");
}

/* A small difference that is the same with every seed is beyond the noise. */
static void test_pairs_by_seed(void **state) {
    (void)state;
    double accuracy[][SEEDS] = {{0.70, 0.80, 0.90}, {0.701, 0.801, 0.901}};
    const double seconds[] = {1, 2};
    fm_conclusion c;
    char words[2000];
    conclude(&c, words, FM_FACTOR_LAYERS, "1,2", accuracy, seconds);
    assert_int_equal(c.value[0].verdict, FM_VERDICT_WORSE);
    assert_int_equal(c.choice, 1);
}

static void test_failed_trials(void **state) {
    (void)state;
    /* The best mean has a seed that diverged; another has one seed left to compare. */
    double accuracy[][SEEDS] = {{0.80, 0.81, 0.82}, {0.99, 0.99, -1}, {-1, -1, 0.81}, {-1, -1, -1}};
    const double seconds[] = {1, 1, 1, 1};
    fm_conclusion c;
    char words[2000];
    conclude(&c, words, FM_FACTOR_LR, "0.001,0.003,0.01,0.03", accuracy, seconds);
    assert_int_equal(c.best, 0);
    assert_int_equal(c.choice, 0);
    assert_int_equal(c.value[1].failed, 1);
    assert_int_equal(c.value[1].pairs, 2);
    assert_int_equal(c.value[2].verdict, FM_VERDICT_UNTESTED);
    assert_int_equal(c.value[3].verdict, FM_VERDICT_FAILED);
    assert_string_equal(fm_conclusion_verdict(&c, 0), "best, chosen");
    assert_string_equal(fm_conclusion_verdict(&c, 2), "");
    assert_string_equal(fm_conclusion_verdict(&c, 3), "failed");
    assert_says(words, "0.03 failed with every seed");
    assert_says(words, "0.003 and 0.01 failed with some seeds");
    assert_says(words, "0.01 was not tested");
}

/* A seed that failed is left out of both sides: the others stay with their own. */
static void test_pairs_where_a_seed_failed(void **state) {
    (void)state;
    double accuracy[][SEEDS] = {{-1, 0.799, 0.899}, {0.70, 0.80, 0.90}};
    const double seconds[] = {1, 2};
    fm_conclusion c;
    char words[2000];
    conclude(&c, words, FM_FACTOR_LAYERS, "1,2", accuracy, seconds);
    assert_int_equal(c.best, 1);
    assert_int_equal(c.value[0].pairs, 2);
    assert_int_equal(c.value[0].verdict, FM_VERDICT_WORSE);
}

static void test_cut_text(void **state) {
    (void)state;
    double accuracy[][SEEDS] = {{0.80, 0.81, 0.82}};
    const double seconds[] = {1};
    fm_conclusion c;
    char words[2000], little[20];
    conclude(&c, words, FM_FACTOR_FINAL, NULL, accuracy, seconds);
    const fm_plan plan = {.factor = FM_FACTOR_FINAL, .value_count = 1, .value = {"final"}};
    memset(little, 'x', sizeof little);
    fm_conclusion_text(little, 10, &c, &plan);
    assert_int_equal(strlen(little), 9);
    assert_int_equal(little[10], 'x');
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_cheaper_of_equals),
        cmocka_unit_test(test_no_choice_by_noise),
        cmocka_unit_test(test_cheap_and_less_good),
        cmocka_unit_test(test_pairs_by_seed),
        cmocka_unit_test(test_failed_trials),
        cmocka_unit_test(test_pairs_where_a_seed_failed),
        cmocka_unit_test(test_cut_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
