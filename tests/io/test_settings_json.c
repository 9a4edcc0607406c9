/* Settings as JSON and back: every row at both ends of its range, and files that are none. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "io/json.h"
#include "io/settings_json.h"
#include "support/check.h"
#include "support/setting_values.h"
#include "support/temporary.h"

static int same_settings(const fm_settings *a, const fm_settings *b) {
    for (const fm_option *row = fm_settings_table; row->name; row++)
        if (!fm_option_same(a, b, row))
            return 0;
    return 1;
}

/* Through a file, as --dump-config writes and --config reads it. */
static void pass_through(fm_settings *out, const fm_settings *settings, const char *path) {
    char *text;
    fm_error error = {0};
    CHECK_OK(fm_json_write(&text, fm_settings_json(settings), &error), &error);
    temporary_write(path, text, strlen(text));
    free(text);
    CHECK_OK(fm_settings_json_load(out, path, &error), &error);
}

static void test_round_trip(void **state) {
    const char *path = temporary_path(*state, "settings.json");
    setting_values inside;
    for (const fm_option *row = fm_settings_table; row->name; row++) {
        setting_values_inside(&inside, row);
        for (size_t i = 0; i < inside.count; i++) {
            fm_settings settings, other;
            fm_settings_init(&settings);
            assert_int_equal(fm_option_parse(&settings, row, inside.text[i], NULL), FM_OK);
            fm_settings_init(&other);
            pass_through(&other, &settings, path);
            if (!same_settings(&settings, &other))
                fail_msg("%s is another after %s", row->name, inside.text[i]);
        }
    }
}

/* The file wins over what was there before, whatever it was. */
static void test_every_key_is_written(void **state) {
    setting_values inside;
    fm_settings usual, other;
    fm_settings_init(&usual);
    fm_settings_init(&other);
    for (const fm_option *row = fm_settings_table; row->name; row++) {
        if (fm_option_is_alias(row))
            continue;
        setting_values_inside(&inside, row);
        for (size_t i = 0; i < inside.count && fm_option_same(&usual, &other, row); i++)
            assert_int_equal(fm_option_parse(&other, row, inside.text[i], NULL), FM_OK);
        assert_false(fm_option_same(&usual, &other, row));
    }
    pass_through(&other, &usual, temporary_path(*state, "usual.json"));
    assert_true(same_settings(&usual, &other));
}

static int load(fm_settings *out, const char *folder, const char *text, fm_error *error) {
    const char *path = temporary_path(folder, "text.json");
    temporary_write(path, text, strlen(text));
    *error = (fm_error){0};
    return fm_settings_json_load(out, path, error);
}

/* config.json of a run, as the first version of the program wrote it. */
static const char of_a_run[] =
    "{\"program\": \"fmnist-cl\", \"version\": \"0.1.0\", \"command\": \"train\", \"run\": \"r\", "
    "\"hidden\": \"300,20\", \"activation\": \"prelu\", \"loss\": \"mse\", \"epochs\": 0, "
    "\"batch-size\": 1, \"max-steps\": 12, \"val-fraction\": 0.0, \"no-shuffle\": true, "
    "\"seed\": \"18446744073709551615\", \"init\": null, \"tensorboard\": null, \"gemm\": "
    "\"auto\", "
    "\"optimizer\": \"sgd\", \"lr\": 0.1, \"momentum\": 0.9, \"nesterov\": true, "
    "\"weight-decay\": 0.01, \"beta1\": 0.9, \"beta2\": 0.999, \"eps\": 1e-8, \"alpha\": 0.99, "
    "\"device\": {\"number\": 0}, \"data\": {}}";

static void test_a_runs_config(void **state) {
    fm_settings s;
    fm_error error;
    fm_settings_init(&s);
    CHECK_OK(load(&s, *state, of_a_run, &error), &error);
    const fm_train_options *o = &s.options;
    assert_true(s.architecture.hidden_count == 2 && s.architecture.hidden[0] == 300 &&
                s.architecture.hidden[1] == 20 && s.architecture.activation == FM_PRELU);
    assert_true(o->epochs == 0 && o->batch_size == 1 && o->max_steps == 12 && !o->shuffle);
    assert_true(o->loss == FM_MSE && o->val_fraction == 0 && o->seed == UINT64_MAX);
    assert_true(o->optimizer.kind == FM_SGD && o->optimizer.nesterov && o->optimizer.lr == 0.1 &&
                o->optimizer.momentum == 0.9 && o->optimizer.weight_decay == 0.01);
}

static void test_what_is_missing_stays(void **state) {
    fm_settings s, usual;
    fm_error error;
    fm_settings_init(&usual);
    s = usual;
    CHECK_OK(load(&s, *state, "{}", &error), &error);
    assert_true(same_settings(&s, &usual));
    s.options.epochs = 77;
    CHECK_OK(load(&s, *state, "{\"lr\": 1, \"layers\": 3, \"nodes\": 5}", &error), &error);
    assert_true(s.options.epochs == 77 && s.options.optimizer.lr == 1);
    assert_true(s.architecture.hidden_count == 3 && s.architecture.hidden[2] == 5);
}

static void test_files_that_are_none(void **state) {
    static const struct {
        const char *text, *why, *hint;
    } cases[] = {
        {"", "cannot be read as JSON: line 1: ", ""},
        {"{\"lr\": 0.1", "cannot be read as JSON: line 1: ", ""},
        {"{\n\"lr\": 0.1,\n}", "cannot be read as JSON: line 3: ", ""},
        {"{\"lr\": NaN}", "cannot be read as JSON", ""},
        {"{\"lr\": 1e999}", "cannot be read as JSON", ""},
        {"{\"lr\": 1, \"lr\": 2}", "cannot be read as JSON", ""},
        {"{\"hidden\": \"8\", \"nodes\": 7}", "\"hidden\": cannot be combined with \"nodes\"", ""},
        {"[1]", "is not a JSON object of settings", ""},
        {"{\"lrr\": 0.1}", "\"lrr\" is not a setting", "did you mean \"lr\"?"},
        {"{\"batch_size\": 1}", "\"batch_size\" is not a setting", "did you mean \"batch-size\"?"},
        {"{\"rubbish\": 1}", "\"rubbish\" is not a setting", "--dump-config"},
        {"{\"lr\": \"0.1\"}", "\"lr\": \"0.1\" is not a number", ""},
        {"{\"lr\": \"nan\"}", "\"lr\": \"nan\" is not a number", ""},
        {"{\"lr\": null}", "\"lr\": null is not a number", ""},
        {"{\"lr\": 0}", "\"lr\": 0 is not above 0", ""},
        {"{\"lr\": 1e-60}", "is 0 in single precision", ""},
        {"{\"lr\": 1e39}", "\"lr\": 1e+39 is above 1e+38", ""},
        {"{\"val-fraction\": 1}", "\"val-fraction\": 1 is not below 1", ""},
        {"{\"epochs\": 1.5}", "\"epochs\": 1.5 is not a whole number", ""},
        {"{\"epochs\": -1}", "\"epochs\": -1 is below 0", ""},
        {"{\"epochs\": 1000001}", "\"epochs\": 1000001 is above 1000000", ""},
        {"{\"epochs\": true}", "\"epochs\": true is not a whole number", ""},
        {"{\"epochs\": null}", "\"epochs\": null is not a whole number", ""},
        {"{\"max-steps\": 0.5}", "\"max-steps\": 0.5 is not a whole number, or null", ""},
        {"{\"max-steps\": \"none\"}", "\"max-steps\": \"none\" is not a whole number", ""},
        {"{\"seed\": \"18446744073709551616\"}", "18446744073709551616 is too large", ""},
        {"{\"nesterov\": 1}", "\"nesterov\": 1 is not true or false", ""},
        {"{\"loss\": \"x\"}", "\"loss\": 'x' is unknown", "choose one of: ce, nll, mse"},
        {"{\"loss\": 0}", "\"loss\": 0 is not a text", ""},
        {"{\"hidden\": [256]}", "\"hidden\": [256] is not a text", ""},
        {"{\"hidden\": \"8,,8\"}", "\"hidden\": '' is not a whole number", ""},
        {"{\"hidden\": \"8193\"}", "\"hidden\": 8193 is above 8192", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fm_settings s;
        fm_error error;
        fm_settings_init(&s);
        assert_int_equal(load(&s, *state, cases[i].text, &error), FM_E_FORMAT);
        CHECK_SAYS(error.what, "text.json");
        if (!strstr(error.why, cases[i].why) || !strstr(error.hint, cases[i].hint))
            fail_msg("%s: %s (%s)", cases[i].text, error.why, error.hint);
    }
}

static void test_files_that_cannot_be_read(void **state) {
    fm_settings s;
    fm_error error = {0};
    const char *path = temporary_path(*state, "huge.json");
    assert_int_equal(fm_settings_json_load(&s, temporary_path(*state, "no"), &error), FM_E_FILE);
    assert_int_equal(fm_settings_json_load(&s, *state, &error), FM_E_FILE);
    char *huge = calloc(2, 1 << 20);
    assert_non_null(huge);
    memset(huge, ' ', 2 << 20);
    temporary_write(path, huge, 2 << 20);
    free(huge);
    assert_int_equal(fm_settings_json_load(&s, path, &error), FM_E_FORMAT);
}

/* What an older program wrote lacks what is newer: then its default holds. */
static void test_agree(void **state) {
    (void)state;
    static const char here[] =
        "{\"x\": 1, \"lr\": 0.003, \"trial\": {\"epochs\": 10, \"seed\": 3}}";
    static const struct {
        const char *there;
        int agrees;
    } cases[] = {
        {here, 1},
        {"{\"trial\": {\"seed\": 3, \"epochs\": 10}, \"lr\": 0.003, \"x\": 1}", 1},
        {"{\"x\": 1, \"trial\": {\"seed\": 3}}", 1},
        {"{\"x\": 1, \"lr\": 0.003, \"trial\": {\"epochs\": 10, \"seed\": 3}, \"more\": 1}", 1},
        {"{\"x\": 1, \"lr\": 0.003, \"trial\": {\"epochs\": 10}}", 0},
        {"{\"x\": 1, \"lr\": 0.003, \"trial\": {\"epochs\": 9, \"seed\": 3}}", 0},
        {"{\"lr\": 0.003, \"trial\": {\"epochs\": 10, \"seed\": 3}}", 0},
        {"{\"x\": 1, \"lr\": 0.1, \"trial\": {\"epochs\": 10, \"seed\": 3}}", 0},
        {"rubbish", 0},
        {"", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (fm_settings_text_agree(cases[i].there, here) != cases[i].agrees)
            fail_msg("%s", cases[i].there);
    assert_true(fm_settings_text_agree("any note", "any note"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_every_key_is_written),
        cmocka_unit_test(test_a_runs_config),
        cmocka_unit_test(test_what_is_missing_stays),
        cmocka_unit_test(test_files_that_are_none),
        cmocka_unit_test(test_files_that_cannot_be_read),
        cmocka_unit_test(test_agree),
    };
    return cmocka_run_group_tests(tests, temporary_setup, temporary_teardown);
}
