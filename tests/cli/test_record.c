/* What a run says of itself: its sessions in config.json, its data, and the summary of a resumed
 * run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/small_runs.h"
#include "support/temporary.h"

static const char *text_of(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    if (!text || !*text)
        fail_msg("%s is missing", key);
    return text;
}

static double number_of(const json_t *object, const char *key) {
    const json_t *value = json_object_get(object, key);
    if (!json_is_number(value))
        fail_msg("%s is no number", key);
    return json_number_value(value);
}

static void train(const char *folder, const char *run) {
    program p = {.folder = NULL};
    small_train(&p, folder, "--run", run, "--epochs", "2");
    assert_int_equal(p.status, 0);
    program_free(&p);
}

#define resume(p, where, ...)                                                                      \
    do {                                                                                           \
        (p)->folder = (where);                                                                     \
        program_run((p), "train", "--device", "reference", "--resume", __VA_ARGS__);               \
    } while (0)

static void check_session(const json_t *session, double epoch) {
    static const char *const texts[] = {"version", "commit",    "build",  "host",
                                        "system",  "processor", "device", "started"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        text_of(session, texts[i]);
    const char *started = text_of(session, "started"), *ended = text_of(session, "ended");
    assert_int_equal(strlen(started), strlen("2026-12-01T04:05:06Z"));
    assert_int_equal(started[19], 'Z');
    assert_true(strcmp(started, ended) <= 0);
    assert_true(number_of(session, "seconds") > 0);
    assert_true(number_of(session, "epoch") == epoch);
}

static void test_every_session_is_recorded(void **state) {
    program p = {.folder = NULL};
    train(*state, "sessions");
    resume(&p, *state, "sessions", "--data", "data", "--epochs", "5");
    assert_int_equal(p.status, 0);
    assert_non_null(strstr(p.out, " s in total\n2 sessions; resumed after epoch 2\n"));
    program_free(&p);
    json_t *config = load_json(temporary_path(*state, "sessions/config.json"));
    json_t *metrics = load_json(temporary_path(*state, "sessions/metrics.json"));
    const json_t *sessions = json_object_get(config, "sessions");
    assert_int_equal(json_array_size(sessions), 2);
    check_session(json_array_get(sessions, 0), 0);
    check_session(json_array_get(sessions, 1), 2);
    assert_true(number_of(metrics, "sessions") == 2);
    assert_true(number_of(metrics, "seconds") >
                number_of(json_array_get(sessions, 0), "seconds") +
                    number_of(json_array_get(sessions, 1), "seconds") / 2);
    assert_true(number_of(metrics, "seconds") >= number_of(metrics, "train_seconds"));
    json_decref(config);
    json_decref(metrics);
}

/* Copies the small data set as "gzip" does, or with one label changed. */
static void make_data(const char *folder, const char *script) {
    char command[8192];
    snprintf(command, sizeof command, "cd '%s' && %s", folder, script);
    assert_int_equal(system(command), 0);
}

static void test_unpacked_data_are_the_same(void **state) {
    program p = {.folder = NULL};
    train(*state, "packed");
    make_data(*state, "cp -r data other && if ls other/*.gz; then gunzip other/*.gz; else gzip "
                      "other/*; fi >/dev/null 2>&1");
    resume(&p, *state, "packed", "--data", "other", "--epochs", "3");
    assert_int_equal(p.status, 0);
    assert_null(strstr(p.err, "warning"));
    program_free(&p);
    program_run(&p, "eval", "packed", "--data", "other", "--device", "reference");
    assert_int_equal(p.status, 0);
    assert_string_equal(p.err, "");
    program_free(&p);
}

static void test_other_data_are_named(void **state) {
    program p = {.folder = NULL};
    train(*state, "mine");
    make_data(*state, "cp -r data changed && rm changed/t10k-labels* && head -c 8 "
                      "data/t10k-labels-idx1-ubyte >changed/t10k-labels-idx1-ubyte && tail -c +9 "
                      "data/t10k-labels-idx1-ubyte | tr '\\000' '\\001' "
                      ">>changed/t10k-labels-idx1-ubyte");
    resume(&p, *state, "mine", "--data", "changed", "--epochs", "3");
    assert_int_equal(p.status, 2);
    assert_non_null(strstr(p.err, "t10k-labels-idx1-ubyte differs from the file that the run was "
                                  "started with"));
    program_free(&p);
    program_run(&p, "eval", "mine", "--data", "changed", "--device", "reference");
    assert_int_equal(p.status, 0);
    assert_non_null(strstr(p.err, "warning: changed/t10k-labels-idx1-ubyte differs from the file "
                                  "that the network was trained with\n"));
    program_free(&p);
}

static void test_the_test_set_untouched(void **state) {
    program p = {.folder = NULL};
    small_train(&p, *state, "--run", "untested", "--epochs", "1", "--no-test");
    assert_int_equal(p.status, 0);
    assert_non_null(strstr(p.out, "\nvalidation "));
    assert_null(strstr(p.out, "\ntest "));
    program_free(&p);
    json_t *metrics = load_json(temporary_path(*state, "untested/metrics.json"));
    assert_true(json_is_null(json_object_get(metrics, "test")));
    json_decref(metrics);
    size_t size;
    char *page = (char *)temporary_read(temporary_path(*state, "untested/report.html"), &size);
    assert_non_null(strstr(page, "The test set was left untouched"));
    assert_null(strstr(page, "test accuracy"));
    free(page);
}

/* A fraction that comes to no image is said, and so is nothing else. */
static void test_validation_of_no_image(void **state) {
    program p = {.folder = NULL};
    small_train(&p, *state, "--run", "unvalidated", "--epochs", "1", "--val-fraction", "0.001");
    assert_int_equal(p.status, 0);
    assert_non_null(strstr(p.err, "warning: --val-fraction: 0.001 of 250 images is none, so "
                                  "nothing is validated\n"));
    program_free(&p);
    assert_false(file_exists(temporary_path(*state, "unvalidated/best.safetensors")));
    small_train(&p, *state, "--run", "wanted", "--epochs", "1", "--val-fraction", "0");
    assert_null(strstr(p.err, "warning"));
    program_free(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_session_is_recorded),
        cmocka_unit_test(test_unpacked_data_are_the_same),
        cmocka_unit_test(test_other_data_are_named),
        cmocka_unit_test(test_the_test_set_untouched),
        cmocka_unit_test(test_validation_of_no_image),
    };
    return cmocka_run_group_tests(tests, small_runs_setup, small_runs_teardown);
}
