/* The author's claims tested on given conclusions. */
#include <string.h>

#include "study/comparison.h"
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

/* Compares all values that did not fail, as three seeds with residuals of this standard deviation
 * would. */
static void compare(enum fm_factor factor, double deviation) {
    fm_conclusion *c = &study.conclusion[factor];
    fm_look *look = &c->look[0];
    size_t count = 0;
    c->best = FM_NO_VALUE;
    for (size_t v = 0; v < c->value_count; v++) {
        const fm_value_result *r = &c->value[v];
        if (r->verdict == FM_VERDICT_FAILED)
            continue;
        look->value[count] = v;
        look->mean[count] = r->mean;
        look->variance[count++] = deviation * deviation;
        if (c->best == FM_NO_VALUE || r->mean > c->value[c->best].mean)
            c->best = v;
    }
    c->look_count = count > 1;
    if (count > 1)
        fm_look_prepare(look, count, 3, 0.05);
}

static void set(enum fm_factor factor, const char *value, double mean) {
    *result(factor, value) = (fm_value_result){
        .seeds = 3, .n = 3, .mean = mean, .sd = 0.001, .verdict = FM_VERDICT_UNDECIDED};
}

static void make_failed(enum fm_factor factor, const char *value, size_t failed) {
    *result(factor, value) = (fm_value_result){
        .seeds = 3, .n = 3 - failed, .failed = failed, .mean = 0.5, .verdict = FM_VERDICT_FAILED};
}

/* A study in which the author's values are best by half a point, and the deviations tiny. */
static int make_study(void **state) {
    (void)state;
    static const char *const authors[] = {"10",   "2",  "2048", "128",  "0.0007",
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
            set((enum fm_factor)f, e->plan.value[v], 0.875);
        set((enum fm_factor)f, authors[f], 0.88);
        compare((enum fm_factor)f, 0.00001);
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

static void assert_finding(const char *claim, enum fm_finding_verdict verdict, const char *figure) {
    fm_finding findings[FM_FINDINGS];
    size_t i = 0;
    fm_study_findings(findings, &study);
    while (i < FM_FINDINGS && !strstr(findings[i].claim, claim))
        i++;
    if (i == FM_FINDINGS)
        fail_msg("no claim '%s'", claim);
    const fm_finding *f = &findings[i];
    if (f->verdict != verdict)
        fail_msg("'%s' is %s: %s", claim, fm_finding_verdict_name(f->verdict), f->figure);
    if (!strstr(f->figure, figure))
        fail_msg("'%s' is not in: %s", figure, f->figure);
    assert_true(strlen(f->threshold) > 0 && strlen(f->threshold) < FM_FINDING_SIZE - 1);
    assert_true(strlen(f->statement) > 0 && strlen(f->figure) < FM_FINDING_SIZE - 1);
}

static void test_best(void **state) {
    (void)state;
    fm_finding findings[FM_FINDINGS];
    fm_study_findings(findings, &study);
    for (size_t i = 0; i < FM_FINDINGS; i++)
        if (!strstr(findings[i].claim, "many layers"))
            assert_finding(findings[i].claim, FM_FINDING_CONFIRMED, "");
    assert_finding("0.0007", FM_FINDING_CONFIRMED,
                   "0.0007: 88.00 %; best other, 0.0001: -0.50 points");
    /* Better by less than the margin, which does not matter, and by more. */
    set(FM_FACTOR_LR, "0.001", 0.881);
    compare(FM_FACTOR_LR, 0.00001);
    assert_finding("0.0007", FM_FINDING_CONFIRMED, "best other, 0.001: +0.10 points");
    set(FM_FACTOR_LR, "0.001", 0.883);
    compare(FM_FACTOR_LR, 0.00001);
    assert_finding("0.0007", FM_FINDING_CONTRADICTED, "best other, 0.001: +0.30 points");
    study.options.margin = 0.004;
    assert_finding("0.0007", FM_FINDING_CONFIRMED, "+0.30 points");
}

/* Noise makes it undecided, whichever value is ahead. */
static void test_noise(void **state) {
    (void)state;
    compare(FM_FACTOR_LR, 0.005);
    assert_finding("0.0007", FM_FINDING_UNDECIDED, "-0.50 points [");
    set(FM_FACTOR_LR, "0.001", 0.89);
    compare(FM_FACTOR_LR, 0.005);
    assert_finding("0.0007", FM_FINDING_UNDECIDED, "+1.00 points [");
    study.conclusion[FM_FACTOR_LR].look_count = 0;
    assert_finding("0.0007", FM_FINDING_UNDECIDED, "0.0007: 88.00 %, not compared");
}

static void test_failed_or_not_tried(void **state) {
    (void)state;
    make_failed(FM_FACTOR_NODES, "2048", 3);
    compare(FM_FACTOR_NODES, 0.00001);
    assert_finding("2048 nodes", FM_FINDING_CONTRADICTED, "2048 failed with 3 of 3 seeds");
    make_failed(FM_FACTOR_NODES, "2048", 1);
    assert_finding("2048 nodes", FM_FINDING_UNDECIDED, "2048 failed with 1 of 3 seeds");
    fm_error error = {0};
    CHECK_OK(fm_plan_create(&experiments[FM_FACTOR_EPOCHS].plan, FM_FACTOR_EPOCHS, "1,2",
                            &study.options.base, 3, 60000, &error),
             &error);
    assert_finding("base model", FM_FINDING_UNDECIDED, "10 was not tried");
    assert_finding("after about 10 epochs", FM_FINDING_UNDECIDED, "10 was not tried");
}

/* Only longer trainings count, and only half a point. */
static void test_epochs(void **state) {
    (void)state;
    set(FM_FACTOR_EPOCHS, "9", 0.89);
    set(FM_FACTOR_EPOCHS, "30", 0.884);
    compare(FM_FACTOR_EPOCHS, 0.00001);
    assert_finding("after about 10 epochs", FM_FINDING_CONFIRMED, "best other, 30: +0.40 points");
    set(FM_FACTOR_EPOCHS, "30", 0.886);
    compare(FM_FACTOR_EPOCHS, 0.00001);
    assert_finding("after about 10 epochs", FM_FINDING_CONTRADICTED, "30: +0.60 points");
}

/* The interval of three seeds with a standard deviation of 0.1 points is 4.303 * 0.1 / sqrt(3). */
static void test_base_model(void **state) {
    (void)state;
    assert_finding("base model", FM_FINDING_CONFIRMED,
                   "88.00 % on validation images; the author's figure is from the test images: "
                   "+0.20 points [-0.05, +0.45]");
    result(FM_FACTOR_EPOCHS, "10")->mean = 0.90;
    assert_finding("base model", FM_FINDING_CONTRADICTED, "90.00 %");
    result(FM_FACTOR_EPOCHS, "10")->mean = 0.889;
    assert_finding("base model", FM_FINDING_UNDECIDED, "[+0.85, +1.35]");
    study.options.quick = 1;
    assert_finding("base model", FM_FINDING_UNDECIDED, "on fewer images");
}

static void test_depth(void **state) {
    (void)state;
    assert_finding("many layers", FM_FINDING_CONTRADICTED,
                   "8 layers: 87.50 %; best other, 2: +0.50 points");
    set(FM_FACTOR_LAYERS, "8", 0.80);
    compare(FM_FACTOR_LAYERS, 0.001);
    assert_finding("many layers", FM_FINDING_CONFIRMED, "+8.00 points");
    /* A network that falls with one seed and not with the others: the noise is as large. */
    compare(FM_FACTOR_LAYERS, 0.05);
    assert_finding("many layers", FM_FINDING_UNDECIDED, "+8.00 points");
    make_failed(FM_FACTOR_LAYERS, "8", 3);
    assert_finding("many layers", FM_FINDING_CONFIRMED,
                   "non-finite or no better than guessing with 3 of 3 seeds");
    make_failed(FM_FACTOR_LAYERS, "8", 1);
    assert_finding("many layers", FM_FINDING_UNDECIDED, "with 1 of 3 seeds");
}

static void test_final(void **state) {
    (void)state;
    fm_test_result test;
    fm_study_test(&test, &study);
    assert_int_equal(test.n, 5);
    assert_true(test.mean > 0.88199 && test.mean < 0.88201);
    tested[1].tested = 0;
    fm_study_test(&test, &study);
    assert_int_equal(test.n, 4);
}

#define TEST(function) cmocka_unit_test_setup(function, make_study)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_best),   TEST(test_noise),      TEST(test_failed_or_not_tried),
        TEST(test_epochs), TEST(test_base_model), TEST(test_depth),
        TEST(test_final),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
