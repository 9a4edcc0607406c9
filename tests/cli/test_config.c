/* fmnist-cl train --config and --dump-config, and every setting as an option. */
#include <stdlib.h>
#include <string.h>

#include "cli/train.h"
#include "support/check.h"
#include "support/setting_values.h"
#include "support/small_runs.h"
#include "support/temporary.h"

/* What the command's parser makes of one option. */
static void parse(fm_settings *out, const char *name, const char *value) {
    static cli_train_settings s;
    char option[VALUE_SIZE + 32];
    char *argv[] = {option};
    cli_arguments arguments;
    fm_error error = {0};
    snprintf(option, sizeof option, value ? "--%s=%s" : "--%s", name, value);
    s = (cli_train_settings){.gemm = FM_GEMM_AUTO};
    CHECK_OK(cli_options_parse(&arguments, &s, cli_train.groups, 1, argv, &error), &error);
    fm_settings_init(out);
    CHECK_OK(cli_settings_apply(out, &s.given, s.common.seed, &arguments, &error), &error);
}

static void test_every_setting_is_an_option(void **state) {
    (void)state;
    setting_values inside;
    for (const fm_option *row = fm_settings_table; row->name; row++) {
        const int is_flag = row->kind == FM_OPTION_FLAG;
        setting_values_inside(&inside, row);
        if (!strcmp(row->name, "nesterov")) /* needs a momentum of sgd */
            inside.count = 0;
        for (size_t i = 0; i < (is_flag && inside.count ? 1 : inside.count); i++) {
            fm_settings wanted, got;
            fm_settings_init(&wanted);
            assert_int_equal(fm_option_parse(&wanted, row, inside.text[i], NULL), FM_OK);
            parse(&got, row->name, is_flag ? NULL : inside.text[i]);
            for (const fm_option *other = fm_settings_table; other->name; other++)
                if (!fm_option_same(&wanted, &got, other))
                    fail_msg("%s is another after --%s %s", other->name, row->name, inside.text[i]);
        }
    }
}

/* The settings in force, as --dump-config prints them. */
static json_t *dump(const char *folder, const char *const *options) {
    /* Neither is there, and neither is needed. */
    const char *list[32] = {"train", "--dump-config", "--device", "99", "--data", "nowhere"};
    size_t count = 6;
    program p = {.folder = folder};
    for (size_t i = 0; options[i]; i++)
        list[count++] = options[i];
    program_start(&p, list);
    program_wait(&p);
    assert_int_equal(p.status, 0);
    assert_string_equal(p.err, "");
    json_t *document = parse_json(p.out);
    program_free(&p);
    return document;
}

#define DUMP(folder, ...) dump(folder, (const char *[]){__VA_ARGS__, NULL})

static void same_documents(json_t *a, json_t *b) {
    char *left = json_dumps(a, JSON_SORT_KEYS), *right = json_dumps(b, JSON_SORT_KEYS);
    assert_string_equal(left, right);
    free(left);
    free(right);
    json_decref(a);
    json_decref(b);
}

static void write_text(const char *folder, const char *name, const char *text) {
    temporary_write(temporary_path(folder, name), text, strlen(text));
}

static void test_dump_is_read_back(void **state) {
    json_t *first = DUMP(*state, "--hidden", "300,20", "--lr", "0.1", "--optimizer", "sgd",
                         "--momentum", "0.9", "--nesterov", "--no-shuffle", "--max-steps", "7",
                         "--seed", "18446744073709551615", "--loss", "mse");
    assert_int_equal(json_dump_file(first, temporary_path(*state, "dump.json"), 0), 0);
    same_documents(first, DUMP(*state, "--config", "dump.json"));
}

static void test_options_override_the_file(void **state) {
    write_text(*state, "over.json",
               "{\"lr\": 0.5, \"epochs\": 4, \"hidden\": \"300,20\", \"seed\": 6}");
    json_t *before = DUMP(*state, "--lr", "0.25", "--layers", "3", "--config", "over.json");
    assert_true(json_real_value(json_object_get(before, "lr")) == 0.25);
    assert_int_equal(json_integer_value(json_object_get(before, "epochs")), 4);
    assert_int_equal(json_integer_value(json_object_get(before, "seed")), 6);
    assert_int_equal(json_integer_value(json_object_get(before, "batch-size")), 128);
    assert_string_equal(json_string_value(json_object_get(before, "hidden")), "300,300,300");
    same_documents(before, DUMP(*state, "--config", "over.json", "--lr", "0.25", "--layers", "3"));
    /* The default, where it is asked for, is an option like any other. */
    json_t *usual = DUMP(*state, "--config", "over.json", "--seed", "0", "--max-steps", "none");
    assert_int_equal(json_integer_value(json_object_get(usual, "seed")), 0);
    json_decref(usual);
}

/* A run's own config.json trains the same again. */
static void test_a_run_is_repeated(void **state) {
    program p = {.folder = NULL};
    small_train(&p, *state, "--run", "first", "--optimizer", "sgd", "--momentum", "0.5", "--lr",
                "0.05", "--seed", "3", "--activation", "elu");
    assert_int_equal(p.status, 0);
    program_free(&p);
    p.folder = *state;
    program_run(&p, "train", "--device", "reference", "--data", "data", "--config",
                "first/config.json", "--run", "second");
    assert_int_equal(p.status, 0);
    program_free(&p);
    same_runs(*state, "first", "second");
}

static void test_init_must_be_the_network(void **state) {
    program p = {.folder = NULL};
    small_train(&p, *state, "--run", "begin", "--epochs", "0");
    program_free(&p);
    write_text(*state, "wide.json", "{\"hidden\": \"9\"}");
    write_text(*state, "slow.json", "{\"lr\": 0.001}");
    p.folder = *state;
    program_run(&p, "train", "--dump-config", "--init", "begin/last.safetensors", "--config",
                "wide.json");
    assert_int_equal(p.status, 2);
    assert_non_null(strstr(p.err, "--init: the network in begin/last.safetensors has --hidden 8"));
    program_free(&p);
    small_train(&p, *state, "--run", "linear", "--hidden", "none", "--epochs", "0");
    program_free(&p);
    p.folder = *state;
    program_run(&p, "train", "--init", "linear", "--layers", "2");
    assert_int_equal(p.status, 2);
    assert_non_null(strstr(p.err, "--init: the network in linear has --hidden none"));
    program_free(&p);
    json_t *settings = DUMP(*state, "--init", "begin/last.safetensors", "--config", "slow.json");
    assert_string_equal(json_string_value(json_object_get(settings, "hidden")), "8");
    json_decref(settings);
}

static void test_files_that_are_none(void **state) {
    static const struct {
        const char *name, *text, *err;
        int status;
    } cases[] = {
        {"unknown.json", "{\"lrr\": 1}",
         "fmnist-cl: unknown.json: \"lrr\" is not a setting\n  hint: did you mean \"lr\"?\n", 1},
        {"type.json", "{\"epochs\": \"ten\"}",
         "fmnist-cl: type.json: \"epochs\": \"ten\" is not a whole number\n", 1},
        {"missing.json", NULL, "fmnist-cl: missing.json: cannot open: No such file or directory\n",
         1},
        {"data", NULL, "fmnist-cl: data: ", 1},
        {"contradiction.json", "{\"nesterov\": true}",
         "fmnist-cl: --nesterov: needs sgd with momentum above 0\n", 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        program p = {.folder = *state};
        if (cases[i].text)
            write_text(*state, cases[i].name, cases[i].text);
        program_run(&p, "train", "--config", cases[i].name, "--run", "none");
        assert_int_equal(p.status, cases[i].status);
        assert_string_equal(p.out, "");
        if (strncmp(p.err, cases[i].err, strlen(cases[i].err)) != 0)
            fail_msg("%s: %s", cases[i].name, p.err);
        program_free(&p);
        assert_false(file_exists(temporary_path(*state, "none")));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_setting_is_an_option),
        cmocka_unit_test(test_dump_is_read_back),
        cmocka_unit_test(test_options_override_the_file),
        cmocka_unit_test(test_a_run_is_repeated),
        cmocka_unit_test(test_init_must_be_the_network),
        cmocka_unit_test(test_files_that_are_none),
    };
    return cmocka_run_group_tests(tests, small_runs_setup, small_runs_teardown);
}
