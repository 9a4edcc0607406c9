/* The table of training settings: every row is whole, and the library's checks follow from it. */
#include <math.h>

#include "base/count.h"
#include "settings/settings.h"
#include "support/check.h"
#include "support/setting_values.h"

static void test_rows(void **state) {
    (void)state;
    fm_settings settings;
    size_t count = 0;
    fm_settings_init(&settings);
    for (const fm_option *row = fm_settings_table; row->name; row++) {
        fm_error error = {0};
        assert_ptr_equal(fm_settings_find(row->name), row); /* no name twice */
        assert_non_null(row->label);
        assert_true(row->kind == FM_OPTION_FLAG || row->standard);
        for (const fm_option *other = fm_settings_table; other < row; other++)
            assert_true(other->offset != row->offset || fm_option_is_alias(row));
        CHECK_OK(fm_option_reset(&settings, row, &error), &error);
        CHECK_OK(fm_option_check(&settings, row, &error), &error);
        count++;
    }
    assert_true(count > 15 && count < 64); /* study/plan.c and cli have room for so many */
    assert_null(fm_settings_find("rubbish"));
}

static void test_defaults(void **state) {
    (void)state;
    fm_settings s;
    fm_settings_init(&s);
    const fm_train_options *o = &s.options;
    assert_true(s.architecture.inputs == 784 && s.architecture.outputs == 10);
    assert_true(s.architecture.hidden_count == 2 && s.architecture.hidden[0] == 256 &&
                s.architecture.hidden[1] == 256 && s.architecture.activation == FM_RELU);
    assert_true(o->epochs == 10 && o->batch_size == 128 && o->max_steps == 0 && o->seed == 0);
    assert_true(o->loss == FM_CROSS_ENTROPY && o->optimizer.kind == FM_ADAM);
    assert_true(o->val_fraction == 0.2 && o->shuffle == 1 && o->optimizer.lr == 0.003);
    assert_int_equal(fm_settings_check(&s, NULL), FM_OK);
}

/* Each row at both ends of its range, and one after the other out of it. */
static void test_ranges(void **state) {
    (void)state;
    setting_values texts;
    for (const fm_option *row = fm_settings_table; row->name; row++) {
        fm_settings s;
        fm_error error = {0};
        setting_values_inside(&texts, row);
        for (size_t i = 0; i < texts.count; i++) {
            fm_settings_init(&s);
            CHECK_OK(fm_option_parse(&s, row, texts.text[i], &error), &error);
            CHECK_OK(fm_option_check(&s, row, &error), &error);
        }
        setting_values_outside(&texts, row);
        for (size_t i = 0; i < texts.count; i++)
            assert_int_equal(fm_option_parse(&s, row, texts.text[i], NULL), FM_E_ARGUMENT);
    }
}

static void refuses(const fm_settings *settings, const char *what) {
    fm_error error = {0};
    assert_int_equal(fm_settings_check(settings, &error), FM_E_ARGUMENT);
    assert_string_equal(error.what, what);
}

static void test_check_names_the_setting(void **state) {
    (void)state;
    fm_settings usual, s;
    fm_settings_init(&usual);
    s = usual;
    s.options.batch_size = 0;
    refuses(&s, "batch-size");
    s = usual;
    s.options.val_fraction = 1;
    refuses(&s, "val-fraction");
    s = usual;
    s.options.loss = FM_MSE + 1;
    refuses(&s, "loss");
    s = usual;
    s.architecture.hidden[1] = 0;
    refuses(&s, "hidden");
    s = usual;
    s.options.optimizer.momentum = (double)NAN;
    refuses(&s, "momentum");
    s = usual;
    s.options.optimizer.nesterov = 1; /* not of adam, and not without momentum */
    s.options.optimizer.momentum = 0.9;
    refuses(&s, "nesterov");
    s.options.optimizer.kind = FM_SGD;
    assert_int_equal(fm_settings_check(&s, NULL), FM_OK);
    s.options.optimizer.momentum = 0;
    refuses(&s, "nesterov");
}

static void test_images_must_suffice(void **state) {
    (void)state;
    fm_train_options o;
    fm_error error = {0};
    fm_train_options_init(&o);
    assert_int_equal(fm_train_options_check(&o, 160, NULL), FM_OK);
    assert_int_equal(fm_train_options_check(&o, 159, &error), FM_E_ARGUMENT);
    assert_string_equal(error.what, "batch-size");
    o.val_fraction = 0.9;
    o.batch_size = 1;
    assert_int_equal(fm_train_options_check(&o, 1, &error), FM_E_ARGUMENT);
    assert_string_equal(error.what, "val-fraction");
}

static void test_uses(void **state) {
    (void)state;
    fm_settings s;
    fm_settings_init(&s);
    assert_true(fm_settings_uses(&s, fm_settings_find("beta1")));
    assert_false(fm_settings_uses(&s, fm_settings_find("momentum")));
    s.options.optimizer.kind = FM_SGD;
    assert_false(fm_settings_uses(&s, fm_settings_find("eps")));
    assert_true(fm_settings_uses(&s, fm_settings_find("nesterov")));
    assert_true(fm_settings_uses(&s, fm_settings_find("activation")));
    s.architecture.hidden_count = 0;
    assert_false(fm_settings_uses(&s, fm_settings_find("activation")));
    assert_true(fm_settings_uses(&s, fm_settings_find("hidden")));
    assert_true(fm_settings_uses(&s, fm_settings_find("lr")));
}

/* ---- The optimizer alone ---- */

static void test_optimizer_defaults_are_pytorchs(void **state) {
    (void)state;
    fm_optimizer o;
    fm_optimizer_init(&o, FM_RMSPROP);
    assert_int_equal(o.kind, FM_RMSPROP);
    assert_true(o.beta1 == 0.9 && o.beta2 == 0.999 && o.eps == 1e-8 && o.alpha == 0.99);
    assert_true(o.momentum == 0 && o.weight_decay == 0 && !o.nesterov && o.lr == 0.003);
    assert_int_equal(fm_optimizer_check(&o, NULL), FM_OK);
    o.lr = 0;
    assert_int_equal(fm_optimizer_check(&o, NULL), FM_E_ARGUMENT);
    assert_int_equal(fm_optimizer_parse(&o.kind, fm_optimizer_name(FM_SGD), NULL), FM_OK);
    assert_int_equal(o.kind, FM_SGD);
}

/* The ends of the ranges, which test_ranges takes from the rows themselves. */
static void test_optimizer_ranges(void **state) {
    (void)state;
    static const struct {
        const char *name, *inside, *outside;
    } cases[] = {
        {"lr", "1e-38", "0"},    {"lr", "1e38", "1e39"},         {"lr", "1", "1e-60"},
        {"momentum", "0", "-1"}, {"weight-decay", "0", "-1e-9"}, {"eps", "0", "-1e-9"},
        {"beta1", "0", "1"},     {"beta2", "0.9999999", "1"},    {"beta2", "0", "-0.1"},
        {"alpha", "1", "1.01"},  {"alpha", "0", "-0.1"},
    };
    fm_settings s;
    fm_settings_init(&s);
    for (size_t i = 0; i < FM_COUNT(cases); i++) {
        const fm_option *row = fm_settings_find(cases[i].name);
        assert_int_equal(fm_option_parse(&s, row, cases[i].inside, NULL), FM_OK);
        assert_int_equal(fm_option_parse(&s, row, cases[i].outside, NULL), FM_E_ARGUMENT);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_check_names_the_setting),
        cmocka_unit_test(test_images_must_suffice),
        cmocka_unit_test(test_uses),
        cmocka_unit_test(test_optimizer_defaults_are_pytorchs),
        cmocka_unit_test(test_optimizer_ranges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
