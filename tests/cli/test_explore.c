/* fmnist-cl explore, on a small data set and the reference. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <signal.h>
#include <sys/stat.h>
#include <time.h>

#include "support/idx_files.h"
#include "support/small_runs.h"
#include "support/temporary.h"

#define BASE            "--device", "reference", "--data", "data", "--hidden", "8", "--batch-size", "32"
#define explore(p, ...) program_run((p), "explore", __VA_ARGS__)

static const char *file(const char *folder, const char *run, const char *name) {
    return temporary_path(temporary_path(folder, run), name);
}

static const json_t *item(const json_t *document, const char *array, size_t index) {
    return json_array_get(json_object_get(document, array), index);
}

static double number(const json_t *object, const char *key) {
    const json_t *value = json_object_get(object, key);
    if (!json_is_number(value))
        fail_msg("%s is no number", key);
    return json_number_value(value);
}

static void test_table_files_and_json(void **state) {
    program p = {.folder = *state};
    explore(&p, "lr", BASE, "--epochs", "2", "--values", "0.003,0.03", "--seeds", "2", "--run",
            "table");
    assert_int_equal(p.status, 0);
    assert_non_null(strstr(p.out, "accuracy"));
    assert_non_null(strstr(p.out, "\n0.003 "));
    assert_non_null(strstr(p.out, "Choice: 0.0"));
    assert_non_null(strstr(p.out, "validation accuracy (%)\n")); /* the plot */
    assert_null(strchr(p.out, '\033'));
    for (int i = 1; i <= 4; i++) {
        char line[16];
        snprintf(line, sizeof line, "[%d/4] lr 0.0", i);
        assert_non_null(strstr(p.err, line));
    }
    assert_null(strchr(p.err, '\r'));
    program_free(&p);
    size_t size;
    char *csv = (char *)temporary_read(file(*state, "table", "results.csv"), &size);
    static const char head[] = "value,seed,val_accuracy,val_loss,seconds,failed\n0.003,0,";
    assert_memory_equal(csv, head, strlen(head));
    free(csv);

    /* Finished, it only prints. */
    explore(&p, "lr", BASE, "--epochs", "2", "--values", "0.003,0.03", "--seeds", "2", "--run",
            "table", "--json");
    assert_int_equal(p.status, 0);
    assert_string_equal(p.err, "");
    json_t *printed = parse_json(p.out),
           *kept = load_json(file(*state, "table", "experiment.json"));
    assert_true(json_equal(printed, kept));
    assert_string_equal(json_string_value(json_object_get(kept, "experiment")), "lr");
    assert_int_equal(json_array_size(json_object_get(kept, "trials")), 4);
    assert_int_equal(json_array_size(json_object_get(kept, "values")), 2);
    const json_t *trial = item(kept, "trials", 3), *value = item(kept, "values", 1);
    assert_true(number(trial, "value") == 0.03 && number(trial, "seed") == 1);
    assert_true(number(trial, "val_accuracy") <= 1 && number(trial, "val_loss") > 0);
    assert_true(number(trial, "seconds") > 0);
    assert_string_equal(json_string_value(json_object_get(trial, "run")), "table");
    assert_true(number(value, "n") == 2 && number(value, "sd") >= 0);
    assert_true(number(value, "mean") > 0 && number(value, "seconds") > 0);
    assert_true(json_is_number(json_object_get(kept, "best")));
    json_decref(printed);
    json_decref(kept);
    program_free(&p);
}

/* Beside each value's verdict, its difference to the best. */
static void test_verdicts(void **state) {
    program p = {.folder = *state};
    explore(&p, "lr", BASE, "--epochs", "2", "--values", "0.00001,0.003,0.0031", "--run",
            "verdicts", "--json", "-q");
    assert_int_equal(p.status, 0);
    json_t *document = parse_json(p.out);
    for (size_t i = 0; i < 3; i++) {
        const json_t *value = item(document, "values", i);
        const json_t *difference = json_object_get(value, "difference");
        const char *verdict = json_string_value(json_object_get(value, "verdict"));
        assert_non_null(verdict);
        if (i == 0) { /* it did not learn */
            assert_string_equal(verdict, "failed");
            assert_true(json_is_null(difference));
        } else if (!strcmp(verdict, "best")) {
            assert_true(
                json_equal(json_object_get(value, "value"), json_object_get(document, "best")));
            assert_true(number(difference, "mean") >= 0 && number(difference, "high") <= 0);
        } else {
            assert_true(number(difference, "low") <= number(difference, "mean"));
            assert_true(number(difference, "mean") <= number(difference, "high"));
        }
    }
    assert_true(json_is_number(json_object_get(document, "choice")));
    json_decref(document);
    program_free(&p);
}

static void test_nothing_is_chosen(void **state) {
    program p = {.folder = *state};
    explore(&p, "lr", BASE, "--epochs", "1", "--values", "1e-9,2e-9", "--run", "chance");
    assert_int_equal(p.status, 1);
    assert_non_null(strstr(p.out, "1e-09 and 2e-09 failed: with some or all seeds no better than"));
    assert_non_null(strstr(p.err, "fmnist-cl: lr: nothing is chosen: every value failed\n"));
    program_free(&p);
    json_t *kept = load_json(file(*state, "chance", "experiment.json"));
    assert_true(json_is_null(json_object_get(kept, "choice")));
    assert_int_equal(json_array_size(json_object_get(kept, "trials")), 6);
    json_decref(kept);
}

static size_t trials_of(program *p) {
    assert_int_equal(p->status, 0);
    json_t *document = parse_json(p->out);
    const size_t trials = json_array_size(json_object_get(document, "trials"));
    json_decref(document);
    return trials;
}

#define ADDING(...)                                                                                \
    "lr", BASE, "--epochs", "4", "--values", "1e-9,0.003,0.0031", "--margin", "0", "--run",        \
        "adding", "--json", __VA_ARGS__

static void test_added_seeds(void **state) {
    program p = {.folder = *state};
    explore(&p, ADDING("--seeds", "2"));
    assert_int_equal(trials_of(&p), 6);
    program_free(&p);
    /* The same folder; seeds are added to the two values that do not fail. */
    explore(&p, ADDING("--seeds", "2", "--until-decided", "5"));
    const size_t all = trials_of(&p);
    assert_true(all == 3 * 2 + 2 * 2 || all == 3 * 2 + 2 * 3);
    assert_non_null(strstr(p.err, "[7/10]"));
    program_free(&p);
    /* Finished, it only prints; fewer seeds ignore what was added. */
    explore(&p, ADDING("--seeds", "2", "--until-decided=5"));
    assert_int_equal(trials_of(&p), all);
    assert_string_equal(p.err, "");
    program_free(&p);
    explore(&p, ADDING("--seeds", "2"));
    assert_int_equal(trials_of(&p), 6);
    assert_string_equal(p.err, "");
    program_free(&p);
    /* Without MAX, up to 10. */
    explore(&p, ADDING("--until-decided", "--seeds", "2"));
    const size_t most = trials_of(&p);
    assert_true(most >= all && most <= 3 * 2 + 2 * 8);
    program_free(&p);
    explore(&p, ADDING("--until-decided", "2"));
    assert_int_equal(p.status, 2);
    assert_non_null(strstr(p.err, "--until-decided: 2 is less than the 3 of --seeds"));
    program_free(&p);
}

static void test_own_folder_and_quiet(void **state) {
    program p = {.folder = *state};
    explore(&p, "activation", BASE, "--epochs", "1", "--seeds", "1", "-q");
    assert_int_equal(p.status, 0);
    assert_string_equal(p.err, "");
    assert_non_null(strstr(p.out, "\nprelu "));
    assert_true(file_exists(file(*state, "runs/explore-activation", "experiment.json")));
    program_free(&p);
}

static void test_other_settings_are_refused(void **state) {
    program p = {.folder = *state};
    explore(&p, "loss", BASE, "--epochs", "1", "--run", "settings", "-q");
    assert_int_equal(p.status, 0);
    program_free(&p);
    explore(&p, "loss", BASE, "--epochs", "1", "--run", "settings", "--lr", "0.01");
    assert_int_equal(p.status, 2);
    assert_non_null(strstr(p.err,
                           "settings: contains an experiment with other settings: lr is 0.003 "
                           "there, 0.01 here"));
    assert_non_null(strstr(p.err, "hint: "));
    program_free(&p);
    explore(&p, "optimizer", BASE, "--epochs", "1", "--run", "settings");
    assert_int_equal(p.status, 2);
    assert_non_null(strstr(p.err, "experiment is \"loss\" there"));
    program_free(&p);
}

static void test_a_failing_value(void **state) {
    program p = {.folder = *state};
    /* The first of the values; only those of numbers are sorted. A linear network bears any rate
     * with the others, whose gradients are bounded. */
    explore(&p, "loss", "--device", "reference", "--data", "data", "--hidden", "none",
            "--batch-size", "32", "--epochs", "1", "--optimizer", "sgd", "--lr", "1e8", "--values",
            "mse,ce,nll", "--run", "fails");
    assert_int_equal(p.status, 0);
    assert_non_null(
        strstr(p.err, "failed: training: non-finite loss or weights (NaN or Inf): epoch 1, step "));
    assert_non_null(strstr(p.out, "mse failed with every seed"));
    program_free(&p);
    json_t *kept = load_json(file(*state, "fails", "experiment.json"));
    assert_int_equal(json_array_size(json_object_get(kept, "trials")), 9);
    for (size_t i = 0; i < 9; i++) {
        const json_t *trial = item(kept, "trials", i);
        const int failed = json_is_true(json_object_get(trial, "failed"));
        assert_int_equal(failed, i < 3);
        assert_int_equal(json_is_string(json_object_get(trial, "reason")), failed);
        assert_int_equal(json_is_number(json_object_get(trial, "val_accuracy")), !failed);
    }
    assert_true(json_is_null(json_object_get(item(kept, "values", 0), "mean")));
    assert_true(number(item(kept, "values", 1), "n") == 3);
    assert_true(number(item(kept, "values", 2), "n") == 3);
    assert_string_not_equal(json_string_value(json_object_get(kept, "best")), "mse");
    json_decref(kept);
}

/* ---- Interrupted ---- */

/* Long enough to be caught at it, short enough to end. */
#define SLOW_ON(device)                                                                            \
    "nodes", "--device", device, "--data", "data", "--values", "8,16,24", "--epochs", "30",        \
        "--batch-size", "4", "--seeds", "2"
#define SLOW SLOW_ON("reference")

/* The results without what a clock measured. */
static json_t *timeless(const char *path) {
    static const char *const lists[] = {"trials", "values"};
    json_t *document = load_json(path);
    for (size_t l = 0; l < 2; l++)
        for (size_t i = 0; i < json_array_size(json_object_get(document, lists[l])); i++) {
            json_t *entry = (json_t *)item(document, lists[l], i);
            json_object_del(entry, "seconds");
            json_object_del(entry, "run");
        }
    return document;
}

static void assert_same_results(const char *folder, const char *run) {
    json_t *whole = timeless(file(folder, "uninterrupted", "experiment.json"));
    json_t *other = timeless(file(folder, run, "experiment.json"));
    assert_true(json_equal(whole, other));
    json_decref(whole);
    json_decref(other);
}

static size_t lines_of(const char *path) {
    size_t size, lines = 0;
    if (!file_exists(path))
        return 0;
    unsigned char *bytes = temporary_read(path, &size);
    for (size_t i = 0; i < size; i++)
        lines += bytes[i] == '\n';
    free(bytes);
    return lines;
}

static void test_uninterrupted(void **state) {
    program p = {.folder = *state};
    explore(&p, SLOW, "--run", "uninterrupted", "-q");
    assert_int_equal(p.status, 0);
    program_free(&p);
}

static void test_killed_again_and_again(void **state) {
    const char *journal = file(*state, "killed", "journal.jsonl");
    size_t kills = 0, lines = 0;
    for (long wait = 20; kills < 200; wait = wait * 7 % 250 + 15) {
        program p = {.folder = *state};
        const struct timespec moment = {0, wait * 1000000L};
        program_start(&p, (const char *[]){"explore", SLOW, "--run", "killed", "-q", NULL});
        nanosleep(&moment, NULL);
        kill(p.pid, SIGKILL);
        program_wait(&p);
        int done = p.status == 0;
        program_free(&p);
        /* What was finished stays so. */
        assert_true(lines_of(journal) >= lines);
        lines = lines_of(journal);
        kills++;
        if (done)
            break;
    }
    program p = {.folder = *state};
    explore(&p, SLOW, "--run", "killed", "-q");
    assert_int_equal(p.status, 0);
    program_free(&p);
    assert_int_equal(lines_of(journal), 1 + 6);
    assert_same_results(*state, "killed");
}

static void test_interrupted_says_how_to_resume(void **state) {
    program p = {.folder = *state};
    program_start(&p, (const char *[]){"explore", SLOW, "--run", "stopped", NULL});
    program_wait_for(&p, "[1/6]");
    kill(p.pid, SIGINT);
    program_wait(&p);
    assert_int_equal(p.status, 130);
    assert_non_null(strstr(p.err, "trials done; finished trials are in stopped"));
    assert_non_null(strstr(p.err, "hint: run the same command again to resume"));
    program_free(&p);
    assert_true(lines_of(file(*state, "stopped", "journal.jsonl")) >= 2);
    explore(&p, SLOW, "--run", "stopped");
    assert_int_equal(p.status, 0);
    assert_null(strstr(p.err, "[1/6]"));
    assert_non_null(strstr(p.err, " remaining trials"));
    program_free(&p);
    assert_same_results(*state, "stopped");
}

/* What is left runs on the other device; the command says so, and the results which ran where. */
static void test_resumes_on_another_device(void **state) {
    program p = {.folder = *state};
    explore(&p, "lr", "--device", "cpu", "--data", "data", "--hidden", "8", "--epochs", "1",
            "--values", "0.003", "--seeds", "1", "--run", "opencl", "-q");
    int found = p.status == 0;
    program_free(&p);
    if (!found) {
        print_message("skipped: there is no OpenCL device\n");
        skip();
    }
    program_start(&p, (const char *[]){"explore", SLOW, "--run", "moved", NULL});
    program_wait_for(&p, "[1/6]");
    kill(p.pid, SIGINT);
    program_wait(&p);
    assert_int_equal(p.status, 130);
    program_free(&p);
    explore(&p, SLOW_ON("cpu"), "--run", "moved", "-q");
    assert_int_equal(p.status, 0);
    static const char warning[] = "fmnist-cl: warning: earlier trials ran on ";
    assert_memory_equal(p.err, warning, strlen(warning));
    assert_non_null(strstr(p.err, "are not comparable"));
    assert_ptr_equal(strchr(p.err, '\n') + 1, p.err + strlen(p.err)); /* one line */
    program_free(&p);
    json_t *kept = load_json(file(*state, "moved", "experiment.json"));
    assert_int_equal(json_array_size(json_object_get(kept, "trials")), 6);
    size_t elsewhere = 0;
    for (size_t i = 0; i < 6; i++) {
        const char *device = json_string_value(json_object_get(item(kept, "trials", i), "device"));
        assert_non_null(device);
        elsewhere += !strcmp(device, "plain C");
        assert_true(number(item(kept, "trials", i), "val_loss") > 0);
    }
    assert_in_range(elsewhere, 1, 5);
    json_decref(kept);
    size_t size;
    char *report = (char *)temporary_read(file(*state, "moved", "report.html"), &size);
    assert_non_null(strstr(report, "trainings ran on another device than the one named below"));
    free(report);
    /* Nothing is left: nothing to warn of. */
    explore(&p, SLOW_ON("cpu"), "--run", "moved", "-q");
    assert_int_equal(p.status, 0);
    assert_string_equal(p.err, "");
    program_free(&p);
}

/* ---- Wrong usage ---- */

static void test_usage_errors(void **state) {
    static const struct {
        const char *arguments[8];
        const char *says;
    } cases[] = {
        {{NULL}, "explore: needs EXPERIMENT"},
        {{"depth"}, "experiment: 'depth' is unknown"},
        {{"lr", "--values", ""}, "--values: must not be empty"},
        {{"lr", "--values", ","}, "--values: a value is empty"},
        {{"lr", "--values", "0.1,x"}, "--values: 'x' is not a number"},
        {{"lr", "--values", "1,1.0"}, "--values: 1 is listed twice"},
        {{"lr", "--lr", "0.1"}, "--lr: this experiment varies that setting"},
        {{"epochs", "--epochs", "3"}, "--epochs: this experiment varies that setting"},
        {{"batch-size", "--values", "201"}, "--values: 201 is not 1 to 200"},
        {{"layers", "--values", "65"}, "--values: 65 is above 64"},
        {{"layers", "--hidden", "8,9"}, "--hidden: all layers must have the same width"},
        {{"nodes", "--hidden", "none"}, "--hidden: without hidden layers"},
        {{"lr", "--val-fraction", "0"}, "--val-fraction: 0 of 250 images"},
        {{"lr", "--seeds", "0"}, "--seeds: 0 is below 1"},
        {{"lr", "--batch-size", "1000"}, "--batch-size: 1000 is not 1 to 200"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *list[16] = {"explore", "--data", "data", "--device", "reference"};
        size_t count = 5;
        for (size_t a = 0; cases[i].arguments[a]; a++)
            list[count++] = cases[i].arguments[a];
        program p = {.folder = *state};
        program_start(&p, list);
        program_wait(&p);
        assert_int_equal(p.status, 2);
        if (!strstr(p.err, cases[i].says))
            fail_msg("'%s' is not in: %s", cases[i].says, p.err);
        assert_string_equal(p.out, "");
        program_free(&p);
    }
    assert_false(file_exists(temporary_path(*state, "runs/explore-lr")));
}

static void test_a_folder_that_is_none(void **state) {
    program p = {.folder = *state};
    temporary_write(temporary_path(*state, "plain"), "x", 1);
    explore(&p, "lr", BASE, "--run", "plain");
    assert_int_equal(p.status, 1);
    assert_non_null(strstr(p.err, "fmnist-cl: plain: cannot create the folder"));
    program_free(&p);
    explore(&p, "lr", BASE, "--run", "plain/below");
    assert_int_equal(p.status, 1);
    assert_non_null(strstr(p.err, "plain/below: cannot create the folder"));
    program_free(&p);
    assert_int_equal(mkdir(temporary_path(*state, "diary"), 0777), 0);
    temporary_write(file(*state, "diary", "journal.jsonl"), "dear diary\n", 11);
    explore(&p, "lr", BASE, "--run", "diary");
    assert_int_equal(p.status, 1);
    assert_non_null(strstr(p.err, "diary/journal.jsonl: is not a journal of an experiment"));
    program_free(&p);
}

static int setup(void **state) {
    int status = small_runs_setup(state);
    idx_write_learnable(temporary_path(*state, "data"), SMALL_TRAIN, SMALL_TEST);
    return status;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_usage_errors),
        cmocka_unit_test(test_table_files_and_json),
        cmocka_unit_test(test_verdicts),
        cmocka_unit_test(test_nothing_is_chosen),
        cmocka_unit_test(test_added_seeds),
        cmocka_unit_test(test_own_folder_and_quiet),
        cmocka_unit_test(test_other_settings_are_refused),
        cmocka_unit_test(test_a_failing_value),
        cmocka_unit_test(test_a_folder_that_is_none),
        cmocka_unit_test(test_uninterrupted),
        cmocka_unit_test(test_killed_again_and_again),
        cmocka_unit_test(test_interrupted_says_how_to_resume),
        cmocka_unit_test(test_resumes_on_another_device),
    };
    return cmocka_run_group_tests(tests, setup, small_runs_teardown);
}
