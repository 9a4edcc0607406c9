/* fmnist-cl eval and predict, on what a training on the small data set left. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sys/stat.h>

#include "support/small_runs.h"
#include "support/temporary.h"

#define HERE "--device", "reference", "--data", "data"

static int setup(void **state) {
    small_runs_setup(state);
    program p = {.folder = NULL};
    small_train(&p, *state, "--run", "run", "--epochs", "20", "--lr", "0.01", "--loss", "mse",
                "--seed", "3", "--val-fraction", "0.4");
    assert_int_equal(p.status, 0);
    program_free(&p);
    return 0;
}

static double number(const json_t *object, const char *key) {
    const json_t *value = json_object_get(object, key);
    if (!json_is_number(value))
        fail_msg("%s is no number", key);
    return json_number_value(value);
}

static json_t *eval_json(const char *folder, const char *set) {
    program p = {.folder = folder};
    program_run(&p, "eval", HERE, "run", "--set", set, "--json");
    assert_int_equal(p.status, 0);
    json_t *document = parse_json(p.out);
    program_free(&p);
    assert_string_equal(json_string_value(json_object_get(document, "set")), set);
    return document;
}

/* The share of hits among all; null if there are none. */
static void share_is(const json_t *class, const char *key, double hits, double all) {
    if (all > 0)
        assert_true(fabs(number(class, key) * all - hits) < 1e-9);
    else
        assert_true(json_is_null(json_object_get(class, key)));
}

static void test_figures_agree_with_each_other(void **state) {
    json_t *result = eval_json(*state, "test");
    assert_true(number(result, "n") == SMALL_TEST);
    const json_t *confusion = json_object_get(result, "confusion");
    const json_t *classes = json_object_get(result, "classes");
    assert_int_equal(json_array_size(confusion), 10);
    assert_int_equal(json_array_size(classes), 10);
    json_int_t total = 0, right = 0;
    for (size_t i = 0; i < 10; i++) {
        const json_t *row = json_array_get(confusion, i);
        json_int_t in_row = 0, in_column = 0;
        for (size_t c = 0; c < 10; c++) {
            in_row += json_integer_value(json_array_get(row, c));
            in_column += json_integer_value(json_array_get(json_array_get(confusion, c), i));
        }
        json_int_t hits = json_integer_value(json_array_get(row, i));
        const json_t *one = json_array_get(classes, i);
        assert_true(number(one, "support") == (double)in_row);
        share_is(one, "recall", (double)hits, (double)in_row);
        share_is(one, "precision", (double)hits, (double)in_column);
        total += in_row;
        right += hits;
    }
    assert_int_equal(total, SMALL_TEST);
    assert_true(fabs(number(result, "accuracy") * SMALL_TEST - (double)right) < 1e-9);
    assert_string_equal(json_string_value(json_object_get(json_array_get(classes, 9), "name")),
                        "Ankle boot");
    json_decref(result);
}

/* Split, seed and loss come from the run's config.json: only so are these the same numbers. */
static void test_sets_are_those_of_the_run(void **state) {
    json_t *metrics = load_json(temporary_path(*state, "run/metrics.json"));
    json_t *val = eval_json(*state, "val");
    json_t *test = eval_json(*state, "test");
    json_t *train = eval_json(*state, "train");
    assert_true(number(val, "n") == 100);
    assert_true(number(train, "n") == 150);
    const json_t *in_val = json_object_get(metrics, "val");
    const json_t *in_test = json_object_get(metrics, "test");
    assert_true(fabs(number(val, "loss") - number(in_val, "loss")) < 1e-6);
    assert_true(number(val, "accuracy") == number(in_val, "accuracy"));
    assert_true(fabs(number(test, "loss") - number(in_test, "loss")) < 1e-6);
    json_decref(metrics);
    json_decref(val);
    json_decref(test);
    json_decref(train);
}

static void test_options_win_over_the_run(void **state) {
    program p = {.folder = *state};
    program_run(&p, "eval", HERE, "run/best.safetensors", "--set", "val", "--val-fraction", "0.1",
                "--loss", "ce", "--json");
    assert_int_equal(p.status, 0);
    json_t *result = parse_json(p.out);
    assert_true(number(result, "n") == 25);
    json_decref(result);
    program_free(&p);
    program_run(&p, "eval", HERE, "run", "--set", "val", "--val-fraction", "0");
    assert_int_equal(p.status, 2);
    assert_non_null(strstr(p.err, "--set: the val set is empty"));
    program_free(&p);
}

static void test_text_shows_it_all(void **state) {
    program p = {.folder = *state};
    program_run(&p, "eval", HERE, "run");
    assert_int_equal(p.status, 0);
    static const char *const parts[] = {"test set, 50 images", "precision", "Ankle boot",
                                        "rows: true class"};
    for (size_t i = 0; i < 4; i++)
        assert_non_null(strstr(p.out, parts[i]));
    assert_null(strchr(p.out, '\033'));
    program_free(&p);
}

static void test_a_damaged_config_is_an_error(void **state) {
    static const char damaged[] = "{\"program\": \"fmnist-cl\", \"loss\": \"mse\", \"seed\": -1,"
                                  "\"val-fraction\": 0.2, \"no-shuffle\": false}";
    static const char foreign[] = "{\"model_type\": \"other\"}";
    program p = {.folder = NULL};
    small_train(&p, *state, "--run", "config", "--epochs", "0");
    program_free(&p);
    const char *config = temporary_path(*state, "config/config.json");
    temporary_write(config, damaged, sizeof damaged - 1);
    p.folder = *state;
    program_run(&p, "eval", HERE, "config");
    assert_int_equal(p.status, 1);
    assert_non_null(strstr(p.err, "config/config.json: \"seed\": -1 is below 0"));
    program_free(&p);
    temporary_write(config, foreign, sizeof foreign - 1);
    program_run(&p, "eval", HERE, "config");
    assert_int_equal(p.status, 0);
    program_free(&p);
}

static void test_checkpoints_that_are_none(void **state) {
    static const char *const files[] = {"missing.safetensors", "data", "run/history.csv"};
    program p = {.folder = *state};
    for (size_t i = 0; i < 3; i++) {
        program_run(&p, "eval", HERE, files[i]);
        assert_int_equal(p.status, 1);
        assert_non_null(strstr(p.err, files[i]));
        assert_string_equal(p.out, "");
        program_free(&p);
    }
}

static void test_predict_one_image(void **state) {
    program p = {.folder = *state};
    program_run(&p, "predict", HERE, "run", "--index", "7", "--json");
    assert_int_equal(p.status, 0);
    json_t *document = parse_json(p.out);
    const json_t *image = json_array_get(json_object_get(document, "images"), 0);
    assert_true(number(image, "index") == 7);
    assert_true(number(image, "label") == 7);
    const json_t *logits = json_object_get(image, "logits");
    const json_t *shares = json_object_get(image, "probabilities");
    assert_int_equal(json_array_size(logits), 10);
    double sum = 0;
    size_t best = 0;
    for (size_t i = 0; i < 10; i++) {
        sum += json_number_value(json_array_get(shares, i));
        if (json_number_value(json_array_get(logits, i)) >
            json_number_value(json_array_get(logits, best)))
            best = i;
    }
    assert_true(fabs(sum - 1) < 1e-6);
    assert_true(number(image, "class") == (double)best);
    assert_true(json_is_string(json_object_get(image, "name")));
    json_decref(document);
    program_free(&p);
    program_run(&p, "predict", HERE, "run", "--index", "7");
    assert_int_equal(p.status, 0);
    assert_non_null(strstr(p.out, "label: Sneaker"));
    program_free(&p);
    program_run(&p, "predict", HERE, "run", "--index", "50");
    assert_int_equal(p.status, 2);
    assert_non_null(strstr(p.err, "--index: 50 is out of range; the set has 50 images, 0 to 49"));
    program_free(&p);
}

static void test_logits_of_a_set(void **state) {
    program p = {.folder = *state};
    program_run(&p, "predict", HERE, "run", "--set", "val", "--logits", "val.csv", "--index", "2",
                "--json");
    assert_int_equal(p.status, 0);
    json_t *document = parse_json(p.out);
    const json_t *image = json_array_get(json_object_get(document, "images"), 0);
    size_t size;
    char *text = (char *)temporary_read(temporary_path(*state, "val.csv"), &size);
    size_t rows = 0, columns = 0;
    char *at = text;
    while (at < text + size) {
        char *end;
        float value = strtof(at, &end);
        assert_true(end > at && (*end == ',' || *end == '\n'));
        if (rows == 2) {
            double wanted =
                json_number_value(json_array_get(json_object_get(image, "logits"), columns));
            assert_true(value == (float)wanted);
        }
        columns++;
        if (*end == '\n') {
            assert_int_equal(columns, 10);
            columns = 0;
            rows++;
        }
        at = end + 1;
    }
    assert_int_equal(rows, 100);
    free(text);
    json_decref(document);
    program_free(&p);
}

static void test_logits_that_cannot_be_written(void **state) {
    program p = {.folder = *state};
    program_run(&p, "predict", HERE, "run", "--logits", "nowhere/val.csv");
    assert_int_equal(p.status, 1);
    assert_non_null(strstr(p.err, "nowhere/val.csv"));
    assert_string_equal(p.out, "");
    program_free(&p);
    program_run(&p, "predict", HERE, "run", "--logits", "/dev/full");
    assert_int_equal(p.status, 1);
    assert_non_null(strstr(p.err, "fmnist-cl: /dev/full: "));
    assert_non_null(strstr(p.err, "No space left on device"));
    program_free(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_figures_agree_with_each_other),
        cmocka_unit_test(test_sets_are_those_of_the_run),
        cmocka_unit_test(test_options_win_over_the_run),
        cmocka_unit_test(test_text_shows_it_all),
        cmocka_unit_test(test_a_damaged_config_is_an_error),
        cmocka_unit_test(test_checkpoints_that_are_none),
        cmocka_unit_test(test_predict_one_image),
        cmocka_unit_test(test_logits_of_a_set),
        cmocka_unit_test(test_logits_that_cannot_be_written),
    };
    return cmocka_run_group_tests(tests, setup, small_runs_teardown);
}
