/* The author's findings held against given conclusions. */
#include <string.h>

#include "study/experiment.h"
#include "study/study.h"
#include "support/check.h"

static fm_study study;
static fm_experiment experiments[FM_STUDY_STEPS];
static fm_trial tested[FM_MAX_SEEDS];
static char finished[FM_MAX_SEEDS];

static size_t at(enum fm_factor factor, const char *value) {
    const fm_plan *plan = &experiments[factor].plan;
    for (size_t v = 0; v < plan->value_count; v++)
        if (!strcmp(plan->value[v], value))
            return v;
    fail_msg("no value %s", value);
    return 0;
}

static fm_value_result *result(enum fm_factor factor, const char *value) {
    return &study.conclusion[factor].value[at(factor, value)];
}

static void set(enum fm_factor factor, const char *value, double mean, enum fm_verdict verdict) {
    *result(factor, value) =
        (fm_value_result){.n = 3, .mean = mean, .sd = 0.001, .verdict = verdict};
    if (verdict == FM_VERDICT_BEST)
        study.conclusion[factor].best = study.conclusion[factor].choice = at(factor, value);
}

/* A study in which every value is as good as the author's, which is best. */
static int make_study(void **state) {
    (void)state;
    static const char *const authors[] = {"10",   "2",  "256",  "128",  "0.0007",
                                          "relu", "ce", "adam", "final"};
    fm_study_options_init(&study.options, 0);
    for (int f = 0; f < FM_STUDY_STEPS; f++) {
        fm_error error = {0};
        fm_experiment *e = &experiments[f];
        study.experiment[f] = e;
        CHECK_OK(fm_plan_create(&e->plan, (enum fm_factor)f, NULL, &study.options.base,
                                f == FM_FACTOR_FINAL ? 5 : 3, 60000, &error),
                 &error);
        study.conclusion[f].value_count = e->plan.value_count;
        for (size_t v = 0; v < e->plan.value_count; v++)
            set((enum fm_factor)f, e->plan.value[v], 0.88, FM_VERDICT_SAME);
        set((enum fm_factor)f, authors[f], 0.885, FM_VERDICT_BEST);
    }
    experiments[FM_FACTOR_FINAL].count = 5;
    experiments[FM_FACTOR_FINAL].trials = tested;
    experiments[FM_FACTOR_FINAL].finished = finished;
    for (size_t i = 0; i < 5; i++) {
        finished[i] = 1;
        tested[i] = (fm_trial){.tested = 1, .test = {0.3, 0.88 + 0.001 * (double)i}};
    }
    return 0;
}

static fm_finding finding(const char *author) {
    fm_finding findings[FM_FINDINGS];
    fm_study_findings(findings, &study);
    for (size_t i = 0; i < FM_FINDINGS; i++)
        if (strstr(findings[i].author, author))
            return findings[i];
    fail_msg("no finding '%s'", author);
    return findings[0];
}

static void assert_finding(const char *author, enum fm_finding_verdict verdict, const char *ours) {
    const fm_finding f = finding(author);
    if (f.verdict != verdict)
        fail_msg("'%s' is %s: %s", author, fm_finding_verdict_name(f.verdict), f.ours);
    if (!strstr(f.ours, ours))
        fail_msg("'%s' is not in: %s", ours, f.ours);
}

static void test_best_or_as_good_is_confirmed(void **state) {
    (void)state;
    assert_finding("0.0007", FM_FINDING_CONFIRMED, "0.0007 best: 88.50 % +- 0.10");
    set(FM_FACTOR_LR, "0.0007", 0.88, FM_VERDICT_SAME);
    set(FM_FACTOR_LR, "0.001", 0.89, FM_VERDICT_BEST);
    assert_finding("0.0007", FM_FINDING_CONFIRMED,
                   "0.001 best: 89.00 % +- 0.10; 0.0007: 88.00 % +- 0.10; chosen: 0.001");
    assert_finding("after about 10 epochs", FM_FINDING_CONFIRMED, "10 best");
}

static void test_worse_is_not(void **state) {
    (void)state;
    set(FM_FACTOR_BATCH_SIZE, "128", 0.87, FM_VERDICT_WORSE);
    set(FM_FACTOR_BATCH_SIZE, "64", 0.89, FM_VERDICT_BEST);
    assert_finding("batches of 128", FM_FINDING_NOT_CONFIRMED, "64 best");
    set(FM_FACTOR_BATCH_SIZE, "128", 0.87, FM_VERDICT_UNTESTED);
    assert_finding("batches of 128", FM_FINDING_OPEN, "64 best");
}

static void test_what_was_not_tried(void **state) {
    (void)state;
    result(FM_FACTOR_NODES, "2048")->n = 0;
    assert_finding("2048 nodes", FM_FINDING_NOT_TRIED, "2048: not tried");
    fm_error error = {0};
    CHECK_OK(fm_plan_create(&experiments[FM_FACTOR_EPOCHS].plan, FM_FACTOR_EPOCHS, "1,2",
                            &study.options.base, 3, 60000, &error),
             &error);
    study.conclusion[FM_FACTOR_EPOCHS].best = 0;
    assert_finding("base model", FM_FINDING_NOT_TRIED, "not trained for 10 epochs");
    assert_finding("after about 10 epochs", FM_FINDING_NOT_TRIED, "10: not tried");
}

static void test_base_model(void **state) {
    (void)state;
    assert_finding("base model", FM_FINDING_CONFIRMED, "88.50 % +- 0.10 on validation data");
    result(FM_FACTOR_EPOCHS, "10")->mean = 0.90;
    assert_finding("base model", FM_FINDING_NOT_CONFIRMED, "90.00 %");
    study.options.quick = 1;
    assert_finding("base model", FM_FINDING_OPEN, "90.00 %");
}

static void test_depth(void **state) {
    (void)state;
    assert_finding("many layers", FM_FINDING_NOT_CONFIRMED,
                   "8 layers: 88.00 % +- 0.10, 0.50 points");
    set(FM_FACTOR_LAYERS, "8", 0.80, FM_VERDICT_WORSE);
    assert_finding("many layers", FM_FINDING_CONFIRMED, "8.50 points below the best");
    set(FM_FACTOR_LAYERS, "8", 0.87, FM_VERDICT_WORSE);
    assert_finding("many layers", FM_FINDING_NOT_CONFIRMED, "1.50 points below the best");
    /* A network that falls with one seed and not with the others: the noise is as large. */
    set(FM_FACTOR_LAYERS, "8", 0.80, FM_VERDICT_SAME);
    assert_finding("many layers", FM_FINDING_NOT_CONFIRMED, "8.50 points below the best");
    result(FM_FACTOR_LAYERS, "8")->n = 0;
    assert_finding("many layers", FM_FINDING_NOT_TRIED, "8 layers failed");
}

static void test_final(void **state) {
    (void)state;
    fm_test_result test;
    fm_study_test(&test, &study);
    assert_int_equal(test.n, 5);
    assert_finding("the best of each", FM_FINDING_OPEN, "88.20 % +- 0.16 on the test set");
    tested[1].tested = 0;
    fm_study_test(&test, &study);
    assert_int_equal(test.n, 4);
}

#define TEST(function) cmocka_unit_test_setup(function, make_study)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_best_or_as_good_is_confirmed),
        TEST(test_worse_is_not),
        TEST(test_what_was_not_tried),
        TEST(test_base_model),
        TEST(test_depth),
        TEST(test_final),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
