/* What an older version of the program left is read, and goes on to the same bits. The files and
 * the results they must lead to are in tests/fixtures; make.sh there says how they were made. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <dirent.h>
#include <sys/stat.h>

#include "fmnist_cl/version.h"
#include "io/safetensors.h"
#include "support/check.h"
#include "support/small_runs.h"
#include "support/temporary.h"

#define FIXTURES    FM_SOURCE_DIR "/tests/fixtures/dd93334/"
#define WHOLE(NAME) (FIXTURES "whole/" NAME)
#define OLD_VERSION "0.1.0"

static const char *file(const char *folder, const char *run, const char *name) {
    return temporary_path(temporary_path(folder, run), name);
}

/* Copies a folder of the fixtures into the test's own, under another name. */
static void copy(const char *folder, const char *name, const char *fixture) {
    const char *from = temporary_path(FIXTURES, fixture), *to = temporary_path(folder, name);
    DIR *entries = opendir(from);
    assert_non_null(entries);
    assert_int_equal(mkdir(to, 0777), 0);
    for (const struct dirent *entry; (entry = readdir(entries));) {
        if (entry->d_name[0] == '.')
            continue;
        size_t size;
        unsigned char *bytes = temporary_read(temporary_path(from, entry->d_name), &size);
        temporary_write(temporary_path(to, entry->d_name), bytes, size);
        free(bytes);
    }
    closedir(entries);
}

/* Tensors by name, shape and bits; a newer version may write other metadata. */
static void same_tensors(const char *path, const char *expected_path) {
    fm_safetensors *file, *expected;
    fm_error error;
    CHECK_OK(fm_safetensors_read(&file, path, &error), &error);
    CHECK_OK(fm_safetensors_read(&expected, expected_path, &error), &error);
    assert_int_equal(fm_safetensors_count(file), fm_safetensors_count(expected));
    for (size_t i = 0; i < fm_safetensors_count(expected); i++) {
        const fm_tensor *want = fm_safetensors_get(expected, i);
        const fm_tensor *have = fm_safetensors_find(file, want->name);
        assert_non_null(have);
        assert_int_equal(have->type, want->type);
        assert_int_equal(have->rank, want->rank);
        assert_memory_equal(have->shape, want->shape, want->rank * sizeof *want->shape);
        if (memcmp(have->values, want->values, fm_tensor_bytes(want)) != 0)
            fail_msg("%s: %s is not as in %s", path, want->name, expected_path);
    }
    fm_safetensors_free(file);
    fm_safetensors_free(expected);
}

static void test_run_resumes_to_the_same_bits(void **state) {
    static const char *const keys[] = {"epochs", "steps", "best_epoch", "train", "val", "test"};
    program p = {.folder = *state};
    copy(*state, "run", "run");
    program_run(&p, "train", "--data", "data", "--resume", "run");
    assert_int_equal(p.status, 0);
    assert_non_null(strstr(p.err, "epoch 14, after 887 steps"));
    /* Another version says so, since it may compute in another way. */
    assert_int_equal(!strstr(p.err, "warning"), !strcmp(FM_VERSION, OLD_VERSION));
    program_free(&p);
    same_tensors(file(*state, "run", "last.safetensors"), WHOLE("last.safetensors"));
    same_tensors(file(*state, "run", "best.safetensors"), WHOLE("best.safetensors"));
    char *history = history_of(temporary_path(*state, "run")), *old = history_of(FIXTURES "whole");
    assert_string_equal(history, old);
    free(history);
    free(old);
    json_t *metrics = load_json(file(*state, "run", "metrics.json"));
    json_t *expected = load_json(WHOLE("metrics.json"));
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (!json_equal(json_object_get(metrics, keys[i]), json_object_get(expected, keys[i])))
            fail_msg("metrics.json: %s is another", keys[i]);
    json_decref(metrics);
    json_decref(expected);
}

static double loss_in(const char *path) {
    json_t *metrics = load_json(path);
    const double loss = json_number_value(json_object_get(json_object_get(metrics, "val"), "loss"));
    json_decref(metrics);
    return loss;
}

static void test_run_moves_to_another_device(void **state) {
    program p = {.folder = *state};
    copy(*state, "moved", "run");
    program_run(&p, "train", "--data", "data", "--resume", "moved", "--device", "cpu");
    assert_int_equal(p.status, 0);
    assert_non_null(strstr(p.err, "fmnist-cl: warning: resuming on a different device"));
    assert_non_null(strstr(p.err, "plain C"));
    program_free(&p);
    const double loss = loss_in(file(*state, "moved", "metrics.json"));
    assert_true(fabs(loss - loss_in(WHOLE("metrics.json"))) < 1e-3);
}

/* That version wrote 0 for a figure that is not defined. */
static void undefined_is_zero(json_t *class) {
    static const char *const keys[] = {"precision", "recall", "f1"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (json_is_null(json_object_get(class, keys[i])))
            json_object_set_new(class, keys[i], json_real(0));
}

/* eval takes split, loss and seed from the config.json beside the checkpoint. */
static void test_checkpoint_is_evaluated(void **state) {
    program p = {.folder = *state};
    program_run(&p, "eval", WHOLE("last.safetensors"), "--device", "reference", "--data", "data",
                "--json");
    assert_int_equal(p.status, 0);
    json_t *result = parse_json(p.out), *expected = load_json(WHOLE("eval.json")), *class;
    size_t i;
    json_array_foreach(json_object_get(result, "classes"), i, class) undefined_is_zero(class);
    assert_true(json_equal(result, expected));
    json_decref(result);
    json_decref(expected);
    program_free(&p);
    program_run(&p, "eval", WHOLE("last.safetensors"), "--device", "reference", "--data", "data",
                "--set", "val", "--json");
    assert_int_equal(p.status, 0);
    result = parse_json(p.out);
    assert_int_equal(json_integer_value(json_object_get(result, "n")), 50);
    const double loss = json_number_value(json_object_get(result, "loss"));
    assert_true(fabs(loss - loss_in(WHOLE("metrics.json"))) < 1e-6);
    json_decref(result);
    program_free(&p);
    program_run(&p, "predict", WHOLE("last.safetensors"), "--device", "reference", "--data", "data",
                "--set", "test", "--logits", "logits.csv");
    assert_int_equal(p.status, 0);
    program_free(&p);
    assert_true(same_files(temporary_path(*state, "logits.csv"), WHOLE("logits.csv")));
}

static int holds(const unsigned char *bytes, size_t size, const void *part, size_t length) {
    for (size_t i = 0; i + length <= size; i++)
        if (!memcmp(bytes + i, part, length))
            return 1;
    return 0;
}

static void test_checkpoint_is_exported(void **state) {
    program p = {.folder = *state};
    program_run(&p, "export", WHOLE("last.safetensors"), "again.safetensors");
    assert_int_equal(p.status, 0);
    program_free(&p);
    same_tensors(temporary_path(*state, "again.safetensors"), WHOLE("last.safetensors"));
    program_run(&p, "export", WHOLE("last.safetensors"), "network.onnx");
    assert_int_equal(p.status, 0);
    program_free(&p);
    size_t size;
    unsigned char *onnx = temporary_read(temporary_path(*state, "network.onnx"), &size);
    fm_safetensors *weights;
    fm_error error;
    CHECK_OK(fm_safetensors_read(&weights, WHOLE("last.safetensors"), &error), &error);
    for (size_t i = 0; i < fm_safetensors_count(weights); i++) {
        const fm_tensor *tensor = fm_safetensors_get(weights, i);
        if (!holds(onnx, size, tensor->values, fm_tensor_bytes(tensor)))
            fail_msg("network.onnx lacks %s", tensor->name);
    }
    fm_safetensors_free(weights);
    free(onnx);
}

static void same_results(const char *path, const char *expected_path) {
    static const char *const keys[] = {"value", "seed", "val_loss", "val_accuracy"};
    json_t *document = load_json(path), *expected = load_json(expected_path);
    const json_t *trials = json_object_get(document, "trials");
    const json_t *wanted = json_object_get(expected, "trials");
    assert_int_equal(json_array_size(wanted), 6);
    assert_int_equal(json_array_size(trials), 6);
    for (size_t i = 0; i < json_array_size(wanted); i++)
        for (size_t k = 0; k < sizeof keys / sizeof *keys; k++)
            if (!json_equal(json_object_get(json_array_get(trials, i), keys[k]),
                            json_object_get(json_array_get(wanted, i), keys[k])))
                fail_msg("trial %zu: %s is another", i, keys[k]);
    json_decref(document);
    json_decref(expected);
}

/* Seconds of a trial's first epoch, in its line of the journal. */
static double first_seconds(const char *journal, const char *value, const char *seed) {
    size_t size;
    double seconds = 0;
    char *text = (char *)temporary_read(journal, &size);
    text[size - 1] = '\0'; /* the last line's end */
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        json_t *trial = parse_json(line);
        const char *its_value = json_string_value(json_object_get(trial, "value"));
        const char *its_seed = json_string_value(json_object_get(trial, "seed"));
        const json_t *epoch = json_array_get(json_object_get(trial, "curve"), 0);
        if (its_value && its_seed && !strcmp(its_value, value) && !strcmp(its_seed, seed))
            seconds = json_number_value(json_array_get(epoch, 4));
        json_decref(trial);
    }
    free(text);
    return seconds;
}

/* A trial goes on from its checkpoint: only so can its first epoch have taken the seconds that are
 * kept there, divided by how many trials share the device. */
static void trial_went_on(const char *journal, const char *value, const char *seed,
                          const char *checkpoint) {
    fm_safetensors *kept;
    fm_error error;
    CHECK_OK(fm_safetensors_read(&kept, checkpoint, &error), &error);
    const fm_tensor *history = fm_safetensors_find(kept, "history");
    assert_non_null(history);
    const double share = history->doubles[4] / first_seconds(journal, value, seed);
    if (!(share > 0.5 && fabs(share - round(share)) < 1e-9))
        fail_msg("%s was not used: its first epoch took %g times as long", checkpoint, share);
    fm_safetensors_free(kept);
}

static void test_experiment_resumes(void **state) {
    program p = {.folder = *state};
    copy(*state, "experiment", "experiment");
    program_run(&p, "explore", "lr", "--device", "reference", "--data", "data", "--hidden", "4,3",
                "--activation", "prelu", "--optimizer", "sgd", "--momentum", "0.9", "--batch-size",
                "3", "--values", "0.003,0.01,0.03", "--seeds", "2", "--epochs", "10", "--run",
                "experiment");
    /* The data are noise, so that no network is better than guessing. */
    assert_int_equal(p.status, 1);
    assert_non_null(strstr(p.err, "lr: nothing is chosen"));
    assert_null(strstr(p.err, "[2/6]"));
    assert_non_null(strstr(p.err, "[3/6]"));
    program_free(&p);
    same_results(file(*state, "experiment", "experiment.json"), FIXTURES "experiment/trials.json");
    const char *journal = file(*state, "experiment", "journal.jsonl");
    trial_went_on(journal, "0.01", "0", FIXTURES "experiment/trial-2.safetensors");
    trial_went_on(journal, "0.01", "1", FIXTURES "experiment/trial-3.safetensors");
    /* What the older version wrote there stays. */
    size_t size, old_size;
    unsigned char *text = temporary_read(journal, &size);
    unsigned char *old = temporary_read(FIXTURES "experiment/journal.jsonl", &old_size);
    assert_true(size > old_size && !memcmp(text, old, old_size));
    free(text);
    free(old);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_run_resumes_to_the_same_bits),
        cmocka_unit_test(test_run_moves_to_another_device),
        cmocka_unit_test(test_checkpoint_is_evaluated),
        cmocka_unit_test(test_checkpoint_is_exported),
        cmocka_unit_test(test_experiment_resumes),
    };
    return cmocka_run_group_tests(tests, small_runs_setup, small_runs_teardown);
}
