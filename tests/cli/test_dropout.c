/* --dropout from the command line to the files and back, on a small data set and the reference. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/idx_files.h"
#include "support/small_runs.h"
#include "support/temporary.h"

static const char *file(const char *folder, const char *run, const char *name) {
    return temporary_path(temporary_path(folder, run), name);
}

/* A training that succeeds. */
#define train(where, ...)                                                                          \
    do {                                                                                           \
        program trained = {.path = NULL};                                                          \
        small_train(&trained, where, __VA_ARGS__);                                                 \
        if (trained.status)                                                                        \
            fail_msg("%s", trained.err);                                                           \
        program_free(&trained);                                                                    \
    } while (0)

/* Whether two runs had the same losses; in their files may stand other settings. */
static int went_alike(const char *folder, const char *a, const char *b) {
    char *one = history_of(temporary_path(folder, a));
    char *two = history_of(temporary_path(folder, b));
    const int same = strcmp(one, two) == 0;
    free(one);
    free(two);
    return same;
}

/* What a run's or a dumped configuration says of a setting. */
static void has_setting(json_t *config, const char *name, const char *value) {
    assert_string_equal(json_string_value(json_object_get(config, name)), value);
    json_decref(config);
}

static void test_wrong_values(void **state) {
    static const struct {
        const char *hidden, *dropout, *why;
    } cases[] = {
        {"8", "1", "--dropout: 1 is above 0.9999"},
        {"8", "0.99999", "--dropout: 0.99999 is above 0.9999"},
        {"8", "-0.1", "--dropout: -0.1 is below 0"},
        {"8", "x", "--dropout: 'x' is not a number"},
        {"8", "nan", "--dropout: 'nan' is not a number"},
        {"8", "0.1,", "--dropout: '' is not a number"},
        {"8,8", "0.1,0.2,0.3",
         "--dropout: there are 3 probabilities; expected one, or one for each of 2 hidden"},
        {"none", "0.1,0.2",
         "--dropout: there are 2 probabilities; expected one, or one for each of 0 hidden"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        program p = {.folder = NULL};
        small_train(&p, *state, "--hidden", cases[i].hidden, "--dropout", cases[i].dropout, "--run",
                    "wrong");
        assert_int_equal(p.status, 2);
        if (!strstr(p.err, cases[i].why))
            fail_msg("%s: %s", cases[i].dropout, p.err);
        assert_non_null(strstr(p.err, "hint: "));
        program_free(&p);
        assert_false(file_exists(file(*state, "wrong", "config.json")));
    }
}

/* Dropout without hidden layers is probably a mistake, but harmless. */
static void test_no_hidden_layers(void **state) {
    program p = {.folder = NULL};
    small_train(&p, *state, "--hidden", "none", "--dropout", "0.5", "--run", "linear");
    assert_int_equal(p.status, 0);
    assert_non_null(
        strstr(p.err, "warning: --dropout has no effect on a network without hidden layers"));
    program_free(&p);
    train(*state, "--hidden", "none", "--run", "plain");
    assert_true(went_alike(*state, "plain", "linear"));
    p = (program){.folder = *state};
    program_run(&p, "explore", "dropout", "--device", "reference", "--data", "data", "--hidden",
                "none", "--values", "0,0.5", "--seeds", "1", "--epochs", "1", "--run", "varied");
    assert_int_equal(p.status, 0);
    assert_non_null(
        strstr(p.err, "warning: --dropout has no effect on a network without hidden layers"));
    program_free(&p);
}

static void test_dumped(void **state) {
    static const char *const cases[][2] = {
        {"0.5", "0.5"}, {"0.1,0", "0.1,0"}, {"none", "none"}, {"0", "0"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        program p = {.folder = NULL};
        small_train(&p, *state, "--hidden", "8,8", "--dropout", cases[i][0], "--dump-config");
        assert_int_equal(p.status, 0);
        has_setting(parse_json(p.out), "dropout", cases[i][1]);
        program_free(&p);
    }
}

/* It changes the training, 0 does not, and each layer has its own. */
static void test_what_it_changes(void **state) {
    train(*state, "--hidden", "8,8", "--run", "without");
    train(*state, "--hidden", "8,8", "--dropout", "0", "--run", "zero");
    train(*state, "--hidden", "8,8", "--dropout", "0.3", "--run", "all");
    train(*state, "--hidden", "8,8", "--dropout", "0.3,0.3", "--run", "each");
    train(*state, "--hidden", "8,8", "--dropout", "0,0.3", "--run", "last");
    assert_true(went_alike(*state, "without", "zero"));
    assert_false(went_alike(*state, "without", "all"));
    assert_false(went_alike(*state, "without", "last"));
    assert_false(went_alike(*state, "all", "last"));
    assert_true(went_alike(*state, "all", "each"));
}

/* The training losses of the two epochs of a run. */
static void read_losses(double out[2], const char *folder, const char *run) {
    char *history = history_of(temporary_path(folder, run)), *row = history;
    for (int i = 0; i < 2; i++) {
        row = strchr(row, '\n') + 1;
        out[i] = strtod(strchr(row, ',') + 1, NULL);
    }
    free(history);
}

/* Where nothing is learned and the order stays, only the masks change: with epoch and seed. */
static void test_masks_of_a_training(void **state) {
    static const char *const dropout[] = {"0.5", "0.5", "none", "none"};
    static const char *const seeds[] = {"1", "2", "1", "2"};
    double loss[4][2];
    train(*state, "--epochs", "0", "--run", "start");
    for (int i = 0; i < 4; i++) {
        char run[] = "still-0";
        run[6] = (char)('0' + i);
        train(*state, "--init", "start", "--optimizer", "sgd", "--lr", "1e-30", "--no-shuffle",
              "--val-fraction", "0", "--epochs", "2", "--dropout", dropout[i], "--seed", seeds[i],
              "--run", run);
        read_losses(loss[i], *state, run);
    }
    assert_true(loss[0][0] != loss[0][1]);
    assert_true(loss[0][0] != loss[1][0]);
    assert_true(loss[2][0] == loss[2][1]);
    assert_true(loss[2][0] == loss[3][0]);
}

static void test_repeated_and_gone_on_with(void **state) {
    program p = {.folder = *state};
    train(*state, "--hidden", "8,8", "--dropout", "0.1,0.3", "--epochs", "4", "--run", "whole");
    has_setting(load_json(file(*state, "whole", "config.json")), "dropout", "0.1,0.3");
    program_run(&p, "train", "--device", "reference", "--data", "data", "--config",
                "whole/config.json", "--run", "again");
    assert_int_equal(p.status, 0);
    program_free(&p);
    same_runs(*state, "whole", "again");
    train(*state, "--hidden", "8,8", "--dropout", "0.1,0.3", "--epochs", "2", "--run", "part");
    program_run(&p, "train", "--data", "data", "--resume", "part", "--epochs", "4");
    assert_int_equal(p.status, 0);
    program_free(&p);
    same_runs(*state, "whole", "part");
}

/* Weights can be trained on with another dropout; without the option with their own. */
static void test_init(void **state) {
    train(*state, "--dropout", "0.25", "--epochs", "1", "--run", "first");
    static const char *const cases[][2] = {{"0.25", "same"}, {"0.5", "more"}, {"none", "less"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        train(*state, "--init", "first", "--dropout", cases[i][0], "--run", cases[i][1]);
        has_setting(load_json(file(*state, cases[i][1], "config.json")), "dropout", cases[i][0]);
    }
    program p = {.folder = *state};
    program_run(&p, "train", "--device", "reference", "--data", "data", "--init", "first",
                "--batch-size", "32", "--epochs", "3", "--run", "own");
    assert_int_equal(p.status, 0);
    program_free(&p);
    same_runs(*state, "same", "own");
    assert_false(went_alike(*state, "same", "more"));
    assert_false(went_alike(*state, "same", "less"));
}

static void test_explored(void **state) {
    program p = {.folder = *state};
    program_run(&p, "explore", "dropout", "--device", "reference", "--data", "data", "--hidden",
                "8", "--batch-size", "32", "--epochs", "2", "--values", "0,0.2", "--seeds", "2",
                "--run", "explored");
    assert_int_equal(p.status, 0);
    assert_non_null(strstr(p.err, "[4/4] dropout 0"));
    assert_non_null(strstr(p.out, "\n0.2 "));
    program_free(&p);
    json_t *kept = load_json(file(*state, "explored", "experiment.json"));
    const json_t *trials = json_object_get(kept, "trials");
    assert_int_equal(json_array_size(trials), 4);
    double loss[4];
    for (size_t i = 0; i < 4; i++) {
        const json_t *trial = json_array_get(trials, i);
        assert_string_equal(json_string_value(json_object_get(trial, "value")),
                            i < 2 ? "0" : "0.2");
        loss[i] = json_number_value(json_object_get(trial, "val_loss"));
    }
    assert_true(loss[0] != loss[2] && loss[1] != loss[3]);
    json_decref(kept);
    program_run(&p, "explore", "dropout", "--data", "data", "--values", "0,1", "--run", "wrong");
    assert_int_equal(p.status, 2);
    assert_non_null(strstr(p.err, "--values: 1 is above 0.9999"));
    program_free(&p);
}

/* Data to learn from: explore chooses nothing among networks that guess. */
static int setup(void **state) {
    int status = small_runs_setup(state);
    idx_write_learnable(temporary_path(*state, "data"), SMALL_TRAIN, SMALL_TEST);
    return status;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wrong_values),
        cmocka_unit_test(test_no_hidden_layers),
        cmocka_unit_test(test_dumped),
        cmocka_unit_test(test_what_it_changes),
        cmocka_unit_test(test_masks_of_a_training),
        cmocka_unit_test(test_repeated_and_gone_on_with),
        cmocka_unit_test(test_init),
        cmocka_unit_test(test_explored),
    };
    return cmocka_run_group_tests(tests, setup, small_runs_teardown);
}
