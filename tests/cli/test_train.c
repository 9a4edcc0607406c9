/* fmnist-cl train, on a small data set and the reference. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/small_runs.h"
#include "support/temporary.h"

static const char *file(const char *folder, const char *run, const char *name) {
    return temporary_path(temporary_path(folder, run), name);
}

static double number(const json_t *object, const char *key) {
    const json_t *value = json_object_get(object, key);
    if (!json_is_number(value))
        fail_msg("%s is no number", key);
    return json_number_value(value);
}

static void test_a_run_folder_holds_everything(void **state) {
    program p = {.folder = NULL};
    small_train(&p, *state, "--run", "full");
    assert_int_equal(p.status, 0);
    assert_non_null(strstr(p.out, "test"));
    assert_non_null(strstr(p.out, "full/last.safetensors"));
    for (int epoch = 1; epoch <= 3; epoch++) {
        char line[16];
        snprintf(line, sizeof line, "epoch %d/3", epoch);
        assert_non_null(strstr(p.err, line));
    }
    assert_null(strchr(p.err, '\r'));
    assert_null(strchr(p.err, '\033'));
    static const char *const names[] = {"config.json",       "history.csv",      "metrics.json",
                                        "report.html",       "last.safetensors", "best.safetensors",
                                        "resume.safetensors"};
    for (size_t i = 0; i < 7; i++)
        assert_true(file_exists(file(*state, "full", names[i])));
    assert_int_equal(temporary_count(temporary_path(*state, "full")), 7);
    program_free(&p);
}

static void test_config_holds_every_option(void **state) {
    static const char *const keys[] = {
        "epochs", "batch-size", "lr",       "hidden",       "activation", "loss",
        "run",    "optimizer",  "momentum", "nesterov",     "beta1",      "beta2",
        "eps",    "alpha",      "init",     "weight-decay", "gemm",       "val-fraction",
        "seed",   "no-shuffle", "device",   "max-steps",    "data",       "version"};
    program p = {.folder = NULL};
    small_train(&p, *state, "--run", "config", "--lr", "0.01", "--seed", "9223372036854775808",
                "--no-shuffle");
    assert_int_equal(p.status, 0);
    program_free(&p);
    json_t *config = load_json(file(*state, "config", "config.json"));
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (!json_object_get(config, keys[i]))
            fail_msg("config.json lacks %s", keys[i]);
    }
    assert_true(number(config, "lr") == 0.01);
    assert_string_equal(json_string_value(json_object_get(config, "hidden")), "8");
    assert_string_equal(json_string_value(json_object_get(config, "seed")), "9223372036854775808");
    assert_true(json_is_true(json_object_get(config, "no-shuffle")));
    assert_int_equal(json_object_size(json_object_get(config, "data")), 4);
    json_decref(config);
}

static void test_json_is_what_metrics_holds(void **state) {
    program p = {.folder = NULL};
    small_train(&p, *state, "--run", "json", "--json", "-q");
    assert_int_equal(p.status, 0);
    assert_string_equal(p.err, "");
    json_t *printed = parse_json(p.out);
    json_t *kept = load_json(file(*state, "json", "metrics.json"));
    assert_true(json_equal(printed, kept));
    assert_true(number(kept, "epochs") == 3);
    assert_true(number(kept, "steps") == 3 * 7); /* 200 images in batches of 32 */
    assert_true(number(kept, "best_epoch") >= 1);
    assert_true(number(kept, "seconds") >= number(kept, "train_seconds"));
    assert_string_equal(json_string_value(json_object_get(kept, "run")), "json");
    static const char *const sets[] = {"train", "val", "test"};
    for (size_t i = 0; i < 3; i++) {
        const json_t *score = json_object_get(kept, sets[i]);
        assert_true(number(score, "loss") > 0);
        assert_true(number(score, "accuracy") >= 0 && number(score, "accuracy") <= 1);
    }
    json_decref(printed);
    json_decref(kept);
    program_free(&p);
}

static void test_history_has_a_row_an_epoch(void **state) {
    static const char head[] =
        "epoch,train_loss,train_acc,val_loss,val_acc,lr,seconds,images_per_s\n1,";
    program p = {.folder = NULL};
    small_train(&p, *state, "--run", "history", "--epochs", "2", "--val-fraction", "0");
    assert_int_equal(p.status, 0);
    program_free(&p);
    size_t size;
    char *text = (char *)temporary_read(file(*state, "history", "history.csv"), &size);
    assert_memory_equal(text, head, strlen(head));
    assert_int_equal(text[size - 1], '\n');
    size_t lines = 0, commas = 0;
    for (size_t i = 0; i < size; i++) {
        lines += text[i] == '\n';
        commas += text[i] == ',';
    }
    assert_int_equal(lines, 3);
    assert_int_equal(commas, 3 * 7);
    free(text);
    json_t *metrics = load_json(file(*state, "history", "metrics.json"));
    assert_true(json_is_null(json_object_get(metrics, "val")));
    assert_true(json_is_null(json_object_get(metrics, "best_epoch")));
    json_decref(metrics);
    assert_false(file_exists(file(*state, "history", "best.safetensors")));
}

static void test_same_options_same_bits(void **state) {
    program p = {.folder = NULL};
    small_train(&p, *state, "--run", "first", "--seed", "5");
    program_free(&p);
    small_train(&p, *state, "--run", "second", "--seed", "5");
    program_free(&p);
    small_train(&p, *state, "--run", "third", "--seed", "6");
    program_free(&p);
    const char *first = file(*state, "first", "last.safetensors");
    assert_true(same_files(first, file(*state, "second", "last.safetensors")));
    assert_true(same_files(file(*state, "first", "best.safetensors"),
                           file(*state, "second", "best.safetensors")));
    assert_false(same_files(first, file(*state, "third", "last.safetensors")));
}

static void test_no_epochs_writes_the_initial_weights(void **state) {
    program p = {.folder = NULL};
    small_train(&p, *state, "--run", "initial", "--epochs", "0", "--json");
    assert_int_equal(p.status, 0);
    json_t *metrics = parse_json(p.out);
    assert_true(number(metrics, "epochs") == 0);
    assert_true(number(metrics, "steps") == 0);
    assert_true(number(json_object_get(metrics, "train"), "loss") > 0);
    assert_true(number(json_object_get(metrics, "val"), "loss") > 0);
    assert_true(number(json_object_get(metrics, "test"), "loss") > 0);
    json_decref(metrics);
    program_free(&p);
    assert_true(file_exists(file(*state, "initial", "last.safetensors")));
}

static void test_init_starts_from_a_file(void **state) {
    program p = {.folder = NULL};
    small_train(&p, *state, "--run", "begin", "--epochs", "0");
    program_free(&p);
    /* The file says how the network is built: --hidden is not needed, and must agree. */
    p.folder = *state;
    program_run(&p, "train", "--device", "reference", "--data", "data", "--init",
                "begin/last.safetensors", "--epochs", "0", "--run", "again");
    assert_int_equal(p.status, 0);
    program_free(&p);
    assert_true(same_files(file(*state, "begin", "last.safetensors"),
                           file(*state, "again", "last.safetensors")));
    small_train(&p, *state, "--init", "begin/last.safetensors", "--hidden", "9", "--run", "x");
    assert_int_equal(p.status, 2);
    assert_non_null(strstr(p.err, "--init: the network in begin/last.safetensors has --hidden 8"));
    program_free(&p);
    small_train(&p, *state, "--init", "begin/last.safetensors", "--activation", "elu", "--run",
                "x");
    assert_int_equal(p.status, 2);
    assert_non_null(
        strstr(p.err, "--init: the network in begin/last.safetensors has --activation relu"));
    program_free(&p);
    small_train(&p, *state, "--init", "missing.safetensors", "--run", "x");
    assert_int_equal(p.status, 1);
    assert_non_null(strstr(p.err, "missing.safetensors: "));
    program_free(&p);
    assert_false(file_exists(temporary_path(*state, "x")));
}

static void test_layers_and_nodes(void **state) {
    program p = {.folder = *state};
    program_run(&p, "train", "--device", "reference", "--data", "data", "--layers", "3", "--nodes",
                "5", "--max-steps", "2", "--batch-size", "16");
    assert_int_equal(p.status, 0);
    program_free(&p);
    json_t *config = load_json(file(*state, "runs/mlp-5-5-5-1", "config.json"));
    assert_string_equal(json_string_value(json_object_get(config, "hidden")), "5,5,5");
    json_decref(config);
    small_train(&p, *state, "--hidden", "none", "--max-steps", "2", "--json");
    assert_int_equal(p.status, 0);
    json_t *metrics = parse_json(p.out);
    assert_true(number(metrics, "steps") == 2);
    assert_string_equal(json_string_value(json_object_get(metrics, "run")), "runs/linear-1");
    json_decref(metrics);
    program_free(&p);
}

static void test_a_used_run_folder_is_refused(void **state) {
    program p = {.folder = NULL};
    small_train(&p, *state, "--run", "used", "--epochs", "0");
    program_free(&p);
    small_train(&p, *state, "--run", "used", "--epochs", "0", "--seed", "1");
    assert_int_equal(p.status, 2);
    assert_non_null(strstr(p.err, "fmnist-cl: used: already contains a run"));
    assert_non_null(strstr(p.err, "  hint: "));
    program_free(&p);
}

static void test_a_run_folder_that_cannot_be_made(void **state) {
    program p = {.folder = NULL};
    temporary_write(temporary_path(*state, "plain"), "x", 1);
    small_train(&p, *state, "--run", "plain/run", "--epochs", "0");
    assert_int_equal(p.status, 1);
    assert_non_null(strstr(p.err, "plain/run: cannot create the folder: Not a directory"));
    program_free(&p);
    small_train(&p, *state, "--run", "plain", "--epochs", "0");
    assert_int_equal(p.status, 1);
    program_free(&p);
    /* proc takes no folders, not even from root */
    small_train(&p, *state, "--run", "/proc/run", "--epochs", "0");
    assert_int_equal(p.status, 1);
    assert_non_null(strstr(p.err, "/proc/run: cannot create the folder"));
    program_free(&p);
}

static void test_a_batch_larger_than_the_set(void **state) {
    program p = {.folder = NULL};
    small_train(&p, *state, "--batch-size", "201", "--run", "toolarge");
    assert_int_equal(p.status, 2);
    assert_non_null(strstr(p.err, "fmnist-cl: --batch-size: "));
    program_free(&p);
    assert_false(file_exists(temporary_path(*state, "toolarge")));
    small_train(&p, *state, "--batch-size", "200", "--run", "whole");
    assert_int_equal(p.status, 0);
    program_free(&p);
}

static void test_no_data(void **state) {
    program p = {.folder = *state};
    program_run(&p, "train", "--device", "reference", "--data", "nowhere", "--run", "nodata");
    assert_int_equal(p.status, 1);
    assert_non_null(strstr(p.err, "nowhere"));
    assert_string_equal(p.out, "");
    program_free(&p);
    assert_false(file_exists(temporary_path(*state, "nodata")));
}

/* Stops it when it has said the text; the weights are there and can be used. */
static void stop(const char *folder, const char *run, int number, const char *const *arguments,
                 const char *text) {
    program p = {.folder = NULL};
    char line[128];
    small_train_start(&p, folder, arguments);
    program_wait_for(&p, text);
    kill(p.pid, number);
    program_wait(&p);
    assert_int_equal(p.status, 130);
    snprintf(line, sizeof line,
             "fmnist-cl: interrupted: the weights so far are in %s/last.safetensors\n", run);
    assert_non_null(strstr(p.err, line));
    assert_string_equal(p.out, "");
    program_free(&p);
    assert_true(file_exists(file(folder, run, "last.safetensors")));
    assert_false(file_exists(file(folder, run, "metrics.json")));
    p.folder = folder;
    program_run(&p, "eval", "--device", "reference", "--data", "data", run);
    assert_int_equal(p.status, 0);
    program_free(&p);
}

static void test_ctrl_c_keeps_the_weights(void **state) {
    stop(*state, "stopped", SIGINT,
         (const char *[]){"--epochs", "1000000", "--run", "stopped", NULL}, "epoch       2/");
}

/* In the middle of the first epoch, before any weights were saved: as they were then. */
static void test_a_signal_within_an_epoch(void **state) {
    program p = {.folder = NULL};
    stop(*state, "ended", SIGTERM,
         (const char *[]){"-v", "--hidden", "512,512", "--batch-size", "1", "--run", "ended", NULL},
         "first step after");
    small_train(&p, *state, "--hidden", "512,512", "--epochs", "0", "--run", "untrained");
    assert_int_equal(p.status, 0);
    program_free(&p);
    assert_false(file_exists(file(*state, "ended", "history.csv")));
    assert_false(same_files(file(*state, "ended", "last.safetensors"),
                            file(*state, "untrained", "last.safetensors")));
}

static void test_a_loss_that_is_no_number_ends_it(void **state) {
    program p = {.folder = NULL};
    small_train(&p, *state, "--run", "diverged", "--optimizer", "sgd", "--loss", "mse", "--lr",
                "1e30");
    assert_int_equal(p.status, 1);
    assert_non_null(strstr(p.err, "fmnist-cl: "));
    assert_non_null(strstr(p.err, "epoch 1, step "));
    assert_non_null(strstr(p.err, "a smaller learning rate often helps; --lr was 1e+30\n"));
    program_free(&p);
    assert_false(file_exists(file(*state, "diverged", "metrics.json")));
    /* What is kept of the gradients grows tenfold in each of 7 steps an epoch. */
    small_train(&p, *state, "--run", "late", "--optimizer", "sgd", "--lr", "1e-38", "--momentum",
                "10", "--epochs", "9");
    assert_int_equal(p.status, 1);
    assert_non_null(strstr(p.err, "non-finite loss or weights (NaN or Inf): epoch 6, step "));
    assert_non_null(strstr(p.err, "; the weights after epoch 5 are in late/last.safetensors\n"));
    program_free(&p);
    program_run(&p, "eval", "late", "--data", "data", "--device", "reference");
    assert_int_equal(p.status, 0);
    program_free(&p);
}

static void test_verbose_says_more(void **state) {
    program p = {.folder = NULL};
    small_train(&p, *state, "--run", "verbose", "-v", "--momentum", "0.5");
    assert_int_equal(p.status, 0);
    assert_non_null(strstr(p.err, "first step after "));
    assert_non_null(strstr(p.err, "6370 parameters"));
    assert_non_null(strstr(p.err, "data: data"));
    assert_non_null(strstr(p.err, " s of them training"));
    assert_non_null(strstr(p.err, "warning: --momentum has no effect on adam"));
    program_free(&p);
}

static void test_output_on_a_full_disk(void **state) {
    program p = {.out_path = "/dev/full"};
    small_train(&p, *state, "--run", "deaf", "--epochs", "1");
    assert_int_equal(p.status, 1);
    assert_non_null(strstr(p.err, "standard output: cannot write: No space left on device"));
    program_free(&p);
    assert_true(file_exists(file(*state, "deaf", "metrics.json")));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_run_folder_holds_everything),
        cmocka_unit_test(test_config_holds_every_option),
        cmocka_unit_test(test_json_is_what_metrics_holds),
        cmocka_unit_test(test_history_has_a_row_an_epoch),
        cmocka_unit_test(test_same_options_same_bits),
        cmocka_unit_test(test_no_epochs_writes_the_initial_weights),
        cmocka_unit_test(test_init_starts_from_a_file),
        cmocka_unit_test(test_layers_and_nodes),
        cmocka_unit_test(test_a_used_run_folder_is_refused),
        cmocka_unit_test(test_a_run_folder_that_cannot_be_made),
        cmocka_unit_test(test_a_batch_larger_than_the_set),
        cmocka_unit_test(test_no_data),
        cmocka_unit_test(test_ctrl_c_keeps_the_weights),
        cmocka_unit_test(test_a_signal_within_an_epoch),
        cmocka_unit_test(test_a_loss_that_is_no_number_ends_it),
        cmocka_unit_test(test_verbose_says_more),
        cmocka_unit_test(test_output_on_a_full_disk),
    };
    return cmocka_run_group_tests(tests, small_runs_setup, small_runs_teardown);
}
