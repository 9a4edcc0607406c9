/* Plans: the study's values, how a value is read and applied, and what is refused. */
#include <string.h>

#include "fmnist_cl/experiment.h"
#include "study/plan.h"
#include "support/check.h"

enum { IMAGES = 60000 };

static fm_settings base(void) {
    fm_settings settings;
    fm_settings_init(&settings);
    return settings;
}

static int make(fm_plan *plan, enum fm_factor factor, const char *values, fm_error *error) {
    const fm_settings fixed = base();
    return fm_plan_create(plan, factor, values, &fixed, 3, IMAGES, error);
}

static void test_names(void **state) {
    (void)state;
    for (int f = 0; f < FM_FACTORS; f++) {
        enum fm_factor found;
        assert_int_equal(fm_factor_parse(&found, fm_factor_name((enum fm_factor)f), NULL), FM_OK);
        assert_int_equal(found, f);
    }
    fm_error error = {0};
    enum fm_factor found;
    assert_int_equal(fm_factor_parse(&found, "final", &error), FM_E_ARGUMENT);
    assert_non_null(strstr(error.hint, "batch-size"));
}

/* A setting that is no part of the study has a number of its own: here those of the study, too. */
static void test_settings_beyond_the_study(void **state) {
    (void)state;
    for (const fm_option *row = fm_settings_table; row->name; row++) {
        const enum fm_factor which =
            (enum fm_factor)(FM_FACTOR_FINAL + 1 + (row - fm_settings_table));
        fm_plan plan, same;
        enum fm_factor step;
        assert_string_equal(fm_factor_name(which), row->name);
        if (!row->explore.values || fm_factor_parse(&step, row->name, NULL))
            continue;
        assert_int_equal(make(&plan, which, NULL, NULL), FM_OK);
        assert_int_equal(make(&same, step, NULL, NULL), FM_OK);
        assert_int_equal(plan.value_count, same.value_count);
        for (size_t v = 0; v < plan.value_count; v++)
            assert_string_equal(plan.value[v], same.value[v]);
        assert_int_equal(fm_factor_is_number(which), fm_factor_is_number(step));
    }
}

/* The values of the study, and that each reaches the settings it names, and no other. */
static void test_own_values(void **state) {
    (void)state;
    static const size_t counts[] = {30, 8, 4, 9, 7, 3, 3, 3, 1};
    for (int f = 0; f <= FM_FACTOR_FINAL; f++) {
        fm_error error = {0};
        fm_plan plan;
        CHECK_OK(make(&plan, (enum fm_factor)f, NULL, &error), &error);
        assert_int_equal(plan.value_count, counts[f]);
        size_t distinct = 0;
        fm_settings last = base(), now;
        for (size_t v = 0; v < plan.value_count; v++) {
            fm_plan_apply(&now, &plan, v);
            distinct += v > 0 && memcmp(&now, &last, sizeof now) != 0;
            last = now;
        }
        assert_int_equal(distinct, plan.value_count - 1);
    }
}

static void test_applied(void **state) {
    (void)state;
    fm_plan plan;
    fm_settings s;
    assert_int_equal(make(&plan, FM_FACTOR_EPOCHS, "7", NULL), FM_OK);
    fm_plan_apply(&s, &plan, 0);
    assert_int_equal(s.options.epochs, 7);
    assert_int_equal(make(&plan, FM_FACTOR_LAYERS, "0,5", NULL), FM_OK);
    fm_plan_apply(&s, &plan, 0);
    assert_int_equal(s.architecture.hidden_count, 0);
    fm_plan_apply(&s, &plan, 1);
    assert_int_equal(s.architecture.hidden_count, 5);
    assert_int_equal(s.architecture.hidden[4], 256);
    assert_int_equal(make(&plan, FM_FACTOR_NODES, "31", NULL), FM_OK);
    fm_plan_apply(&s, &plan, 0);
    assert_int_equal(s.architecture.hidden_count, 2);
    assert_int_equal(s.architecture.hidden[0], 31);
    assert_int_equal(s.architecture.hidden[1], 31);
    assert_int_equal(make(&plan, FM_FACTOR_BATCH_SIZE, "1", NULL), FM_OK);
    fm_plan_apply(&s, &plan, 0);
    assert_int_equal(s.options.batch_size, 1);
    assert_int_equal(make(&plan, FM_FACTOR_LR, "0.0007", NULL), FM_OK);
    fm_plan_apply(&s, &plan, 0);
    assert_true(s.options.optimizer.lr == 0.0007);
    assert_int_equal(make(&plan, FM_FACTOR_OPTIMIZER, "rmsprop", NULL), FM_OK);
    fm_plan_apply(&s, &plan, 0);
    assert_int_equal(s.options.optimizer.kind, FM_RMSPROP);
    assert_true(s.options.optimizer.lr == 0.003);
}

static void test_values_are_written_in_one_way(void **state) {
    (void)state;
    fm_plan plan;
    assert_int_equal(make(&plan, FM_FACTOR_LR, "10,0.0030,1e-3,0.00001,1e7", NULL), FM_OK);
    static const char *const texts[] = {"1e-05", "0.001", "0.003", "10", "1e+07"};
    assert_int_equal(plan.value_count, 5);
    for (size_t v = 0; v < 5; v++)
        assert_string_equal(plan.value[v], texts[v]);
    assert_int_equal(make(&plan, FM_FACTOR_BATCH_SIZE, "064,8", NULL), FM_OK);
    assert_string_equal(plan.value[0], "8");
    assert_string_equal(plan.value[1], "64");
    assert_int_equal(make(&plan, FM_FACTOR_LOSS, "nll,ce", NULL), FM_OK);
    assert_string_equal(plan.value[0], "nll"); /* names stay in their order */
}

static void test_refused(void **state) {
    (void)state;
    static const struct {
        enum fm_factor factor;
        const char *values, *why;
    } bad[] = {
        {FM_FACTOR_LR, "", "empty"},
        {FM_FACTOR_LR, "0.1,,0.2", "empty"},
        {FM_FACTOR_LR, "0.1,", "empty"},
        {FM_FACTOR_LR, "0.001,1e-3", "twice"},
        {FM_FACTOR_LR, "fast", "not a number"},
        {FM_FACTOR_LR, "0", "above 0"},
        {FM_FACTOR_LR, "-0.1", "above 0"},
        {FM_FACTOR_LR, "nan", "not a number"},
        {FM_FACTOR_LR, "0.00000000000000000000001", "too long"},
        {FM_FACTOR_EPOCHS, "0", "at least 1"},
        {FM_FACTOR_EPOCHS, "1.5", "not a whole number"},
        {FM_FACTOR_LAYERS, "65", "above 64"},
        {FM_FACTOR_LAYERS, "-1", "below 0"},
        {FM_FACTOR_NODES, "0", "below 1"},
        {FM_FACTOR_NODES, "8193", "above 8192"},
        {FM_FACTOR_BATCH_SIZE, "0", "below 1"},
        {FM_FACTOR_BATCH_SIZE, "128,48001", "48001 is not 1 to 48000"},
        {FM_FACTOR_BATCH_SIZE, "99999999999999999999", "too large"},
        {FM_FACTOR_ACTIVATION, "relu,tanh", "'tanh' is unknown"},
        {FM_FACTOR_LOSS, "mse,mse", "twice"},
        {FM_FACTOR_OPTIMIZER, "Adam", "'Adam' is unknown"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        fm_error error = {0};
        fm_plan plan;
        if (make(&plan, bad[i].factor, bad[i].values, &error) != FM_E_ARGUMENT)
            fail_msg("'%s' was taken", bad[i].values);
        assert_string_equal(error.what, "values");
        if (!strstr(error.why, bad[i].why))
            fail_msg("'%s': '%s' does not say '%s'", bad[i].values, error.why, bad[i].why);
    }
    char many[2000] = "1";
    for (int i = 2; i <= FM_MAX_VALUES + 1; i++)
        sprintf(many + strlen(many), ",%d", i);
    fm_error error = {0};
    fm_plan plan;
    assert_int_equal(make(&plan, FM_FACTOR_BATCH_SIZE, many, &error), FM_E_ARGUMENT);
    assert_non_null(strstr(error.why, "more than 256"));
}

static void test_what_is_held_fixed(void **state) {
    (void)state;
    fm_plan plan;
    fm_error error = {0};
    fm_settings fixed = base();
    fixed.architecture.hidden[1] = 100;
    assert_int_equal(fm_plan_create(&plan, FM_FACTOR_LAYERS, NULL, &fixed, 3, IMAGES, &error),
                     FM_E_ARGUMENT);
    assert_string_equal(error.what, "hidden");
    assert_int_equal(fm_plan_create(&plan, FM_FACTOR_NODES, NULL, &fixed, 3, IMAGES, NULL), FM_OK);
    fixed.architecture.hidden_count = 0;
    for (int f = FM_FACTOR_LAYERS; f <= FM_FACTOR_NODES; f++)
        assert_int_equal(fm_plan_create(&plan, (enum fm_factor)f, NULL, &fixed, 3, IMAGES, NULL),
                         FM_E_ARGUMENT);
    fixed = base();
    fixed.options.val_fraction = 0;
    assert_int_equal(fm_plan_create(&plan, FM_FACTOR_LR, NULL, &fixed, 3, IMAGES, &error),
                     FM_E_ARGUMENT);
    assert_string_equal(error.what, "val-fraction");
    fixed = base();
    fixed.options.epochs = 0;
    assert_int_equal(fm_plan_create(&plan, FM_FACTOR_LR, NULL, &fixed, 3, IMAGES, NULL),
                     FM_E_ARGUMENT);
    fixed = base();
    for (size_t seeds = 0; seeds <= FM_MAX_SEEDS + 1; seeds += FM_MAX_SEEDS + 1)
        assert_int_equal(fm_plan_create(&plan, FM_FACTOR_LR, NULL, &fixed, seeds, IMAGES, NULL),
                         FM_E_ARGUMENT);
    fixed.options.seed = UINT64_MAX - 1;
    assert_int_equal(fm_plan_create(&plan, FM_FACTOR_LR, NULL, &fixed, 3, IMAGES, NULL),
                     FM_E_ARGUMENT);
}

/* Each value with each seed, once; of the epochs one training a seed, of the most. */
static void test_trials(void **state) {
    (void)state;
    fm_plan plan;
    assert_int_equal(make(&plan, FM_FACTOR_LR, "0.1,0.2", NULL), FM_OK);
    assert_int_equal(fm_plan_trials(&plan), 6);
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(fm_plan_trial_value(&plan, i), i / 3);
        assert_int_equal(fm_plan_trial_seed(&plan, i), i % 3);
    }
    assert_int_equal(make(&plan, FM_FACTOR_EPOCHS, "9,2", NULL), FM_OK);
    assert_int_equal(fm_plan_trials(&plan), 3);
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(plan.value[fm_plan_trial_value(&plan, i)], "9");
        assert_int_equal(fm_plan_trial_seed(&plan, i), i);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_settings_beyond_the_study),
        cmocka_unit_test(test_own_values),
        cmocka_unit_test(test_applied),
        cmocka_unit_test(test_values_are_written_in_one_way),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_what_is_held_fixed),
        cmocka_unit_test(test_trials),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
