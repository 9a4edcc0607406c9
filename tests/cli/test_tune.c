/* fmnist-cl tune, and what other commands make of what it kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <signal.h>

#include "fmnist_cl/tune.h"
#include "support/small_runs.h"
#include "support/temporary.h"
#include "support/terminal.h"

static const char *const cached[] = {"FMNIST_CACHE=cache", NULL};

static fm_device_list *list;

static void tune_start(program *p, const char *folder, const char *const *arguments) {
    const char *all[20] = {"tune", "--device", "0", "--hidden", "8", "--batch-size", "32"};
    size_t count = 7;
    for (size_t i = 0; arguments[i]; i++)
        all[count++] = arguments[i];
    *p = (program){.folder = folder, .environment = cached};
    program_start(p, all);
}

#define tune(p, folder, ...)                                                                       \
    do {                                                                                           \
        tune_start((p), (folder), (const char *[]){__VA_ARGS__, NULL});                            \
        program_wait(p);                                                                           \
    } while (0)

#define train(p, folder, ...)                                                                      \
    do {                                                                                           \
        *(p) = (program){.environment = cached};                                                   \
        small_train((p), (folder), "--device", "0", __VA_ARGS__);                                  \
    } while (0)

static const fm_tuned *read_tuning(const char *folder, fm_tuning *tuning) {
    assert_int_equal(
        fm_tuning_read(tuning, temporary_path(folder, "cache"), fm_device_list_get(list, 0), NULL),
        FM_OK);
    return tuning->count ? &tuning->entry[0] : NULL;
}

/* A tuning for the small runs' network, as if it had been measured. */
static void write_tuning(const char *folder, double clblast_seconds) {
    static fm_tuning tuning;
    fm_tuned entry = {.network = "784-8-10",
                      .weights = 784 * 8 + 8 + 8 * 10 + 10,
                      .batch_size = 32,
                      .choices = {3, 2, 6, 16, 2, 32, 4, 16},
                      .built_in_seconds = 2,
                      .seconds = 1,
                      .clblast_seconds = clblast_seconds};
    tuning.count = 0;
    fm_tuning_put(&tuning, &entry);
    assert_int_equal(fm_tuning_write(&tuning, temporary_path(folder, "cache"),
                                     fm_device_list_get(list, 0), NULL),
                     FM_OK);
}

static const char *device_text(json_t *config, const char *key) {
    return json_string_value(json_object_get(json_object_get(config, "device"), key));
}

static void assert_config(const char *folder, const char *run, const char *products, int tuned) {
    json_t *config = load_json(temporary_path(temporary_path(folder, run), "config.json"));
    const json_t *device = json_object_get(config, "device");
    assert_string_equal(json_string_value(json_object_get(config, "gemm")), "auto");
    assert_string_equal(device_text(config, "products"), products);
    assert_true(json_is_boolean(json_object_get(device, "tuned")));
    assert_int_equal(json_is_true(json_object_get(device, "tuned")), tuned);
    const json_t *groups = json_object_get(json_object_get(device, "choices"), "groups");
    assert_true(!tuned || json_integer_value(groups) == 16);
    json_decref(config);
}

/* ---- The command ---- */

/* No time to search: the built-in choices are measured and kept. */
static void test_result(void **state) {
    static fm_tuning tuning;
    program p;
    tune(&p, *state, "--seconds", "0", "--json");
    assert_int_equal(p.status, 0);
    json_t *document = parse_json(p.out);
    const char *const keys[] = {"number",          "device",  "network", "batch_size",
                                "built_in",        "choices", "gain",    "built_in_seconds",
                                "clblast_seconds", "seconds", "tried",   "refused",
                                "complete",        "file",    "products"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        assert_non_null(json_object_get(document, keys[i]));
    assert_string_equal(json_string_value(json_object_get(document, "network")), "784-8-10");
    assert_int_equal(json_integer_value(json_object_get(document, "batch_size")), 32);
    assert_true(
        json_equal(json_object_get(document, "choices"), json_object_get(document, "built_in")));
    const fm_tuned *kept = read_tuning(*state, &tuning);
    assert_non_null(kept);
    assert_string_equal(kept->network, "784-8-10");
    assert_true(kept->seconds == json_real_value(json_object_get(document, "seconds")));
    assert_int_equal(kept->clblast_seconds > 0, fm_gemm_has_clblast());
    json_decref(document);
    program_free(&p);

    tune(&p, *state, "--seconds", "0", "--batch-size", "8");
    assert_int_equal(p.status, 0);
    assert_non_null(strstr(p.out, "784-8-10, batches of 8, on "));
    assert_non_null(strstr(p.out, "per step "));
    assert_non_null(strstr(p.out, "0 tried, 0 rejected (stopped by --seconds); stored in "));
    (void)read_tuning(*state, &tuning);
    assert_int_equal(tuning.count, 2); /* the one before is still there */
    program_free(&p);
}

static void test_ctrl_c(void **state) {
    static fm_tuning tuning;
    program p;
    tune_start(&p, *state, (const char *[]){"--seconds", "1e6", "-v", "--hidden", "9", NULL});
    program_wait_for(&p, "[2] ");
    kill(p.pid, SIGINT);
    program_wait(&p);
    assert_int_equal(p.status, 130);
    assert_string_equal(p.out, "");
    (void)read_tuning(*state, &tuning);
    int found = 0;
    for (size_t i = 0; i < tuning.count; i++)
        found |= !strcmp(tuning.entry[i].network, "784-9-10");
    assert_non_null(
        strstr(p.err, found ? "interrupted: the best so far" : "nothing faster was found"));
    program_free(&p);
}

static void test_refused(void **state) {
    program p = {.folder = *state};
    program_run(&p, "tune", "--device", "reference");
    assert_int_equal(p.status, 2);
    assert_non_null(strstr(p.err, "fmnist-cl: --device: the reference has no tuning parameters\n"));
    program_free(&p);
    static const char *const homeless[] = {"FMNIST_CACHE", "XDG_CACHE_HOME", "HOME", NULL};
    p = (program){.folder = *state, .environment = homeless};
    program_run(&p, "tune", "--device", "0");
    assert_int_equal(p.status, 1);
    assert_non_null(strstr(p.err,
                           "the cache folder: cannot be determined\n"
                           "  hint: set the environment variable FMNIST_CACHE to a folder\n"));
    program_free(&p);
}

static void test_bar(void **state) {
    terminal t;
    char screen[16384];
    if (!terminal_open(&t, *state, 100, 24, "TERM=screen FMNIST_CACHE=cache",
                       "tune --device 0 --hidden 8 --batch-size 32 --seconds 1000"))
        skip();
    terminal_wait_for(&t, screen, sizeof screen, "searching [");
    terminal_wait_for(&t, screen, sizeof screen, "1 tried  ");
    int shows = strstr(screen, "% faster") && strstr(screen, " left");
    terminal_tmux(&t, screen, sizeof screen, "send-keys C-c");
    terminal_wait_for(&t, screen, sizeof screen, "ended");
    int cleared = strstr(screen, "searching [") == NULL;
    terminal_close(&t);
    assert_true(shows);
    assert_true(cleared);
}

/* ---- Who uses it ---- */

static void test_train_uses_it(void **state) {
    program p;
    write_tuning(*state, 0);
    train(&p, *state, "--run", "tuned", "-v");
    assert_int_equal(p.status, 0);
    assert_non_null(strstr(p.err, "tuning parameters: tuned for 784-8-10, batches of 32\n"));
    assert_config(*state, "tuned", "native", 1);
    program_free(&p);
    /* Far from what it was tuned for. */
    train(&p, *state, "--run", "other", "-v", "--hidden", "30");
    assert_int_equal(p.status, 0);
    assert_non_null(strstr(p.err, "tuning parameters: defaults\n"));
    assert_config(*state, "other", "native", 0);
    program_free(&p);
}

static void test_the_same_bits(void **state) {
    program p;
    write_tuning(*state, 0);
    train(&p, *state, "--run", "with");
    assert_int_equal(p.status, 0);
    program_free(&p);
    p = (program){.environment = (const char *const[]){"FMNIST_CACHE=none", NULL}};
    small_train(&p, *state, "--device", "0", "--run", "without");
    assert_int_equal(p.status, 0);
    program_free(&p);
    assert_config(*state, "with", "native", 1);
    assert_config(*state, "without", "native", 0);
    same_runs(*state, "with", "without");
}

/* Damages it. */
static void damage(const char *folder) {
    char path[4096];
    assert_true(fm_tuning_path(path, sizeof path, temporary_path(folder, "cache"),
                               fm_device_list_get(list, 0)));
    temporary_write(path, "{\"inputs\": 6}", 13);
}

static void test_a_damaged_file_is_ignored(void **state) {
    program p;
    damage(*state);
    train(&p, *state, "--run", "damaged");
    assert_int_equal(p.status, 0);
    assert_non_null(strstr(p.err, "fmnist-cl: warning: "));
    assert_non_null(strstr(p.err, "is not a tuning file of fmnist-cl; the tuning is ignored\n"));
    assert_config(*state, "damaged", "native", 0);
    program_free(&p);
}

static void test_a_damaged_file_is_replaced(void **state) {
    static fm_tuning tuning;
    program p;
    damage(*state);
    for (int again = 0; again < 2; again++) {
        tune(&p, *state, "--seconds", "0");
        assert_int_equal(p.status, 0);
        const char *warning = strstr(p.err, "fmnist-cl: warning: ");
        assert_int_equal(warning != NULL, !again);
        assert_true(
            again ||
            strstr(warning, "is not a tuning file of fmnist-cl; the file will be replaced\n"));
        assert_non_null(read_tuning(*state, &tuning));
        program_free(&p);
    }
}

/* auto takes what was faster; a run that is gone on with keeps what it had. */
static void test_clblast_where_it_was_faster(void **state) {
    program p;
    if (!fm_gemm_has_clblast())
        skip();
    write_tuning(*state, 0.5);
    train(&p, *state, "--run", "blast", "-v");
    assert_int_equal(p.status, 0);
    assert_non_null(strstr(p.err, "matrix products: CLBlast\n"));
    assert_config(*state, "blast", "clblast", 0);
    program_free(&p);
    train(&p, *state, "--run", "native", "--gemm", "native", "-v");
    assert_non_null(strstr(p.err, "tuning parameters: tuned for 784-8-10, batches of 32\n"));
    program_free(&p);

    write_tuning(*state, 0);
    p = (program){.folder = *state, .environment = cached};
    program_run(&p, "train", "--data", "data", "--resume", "blast", "--epochs", "4");
    assert_int_equal(p.status, 0);
    assert_null(strstr(p.err, "warning"));
    assert_config(*state, "blast", "clblast", 0);
    program_free(&p);
    p = (program){.folder = *state, .environment = cached};
    program_run(&p, "train", "--data", "data", "--resume", "blast", "--epochs", "5", "--gemm",
                "native");
    assert_int_equal(p.status, 0);
    assert_non_null(strstr(p.err, "resuming with a different --gemm than before"));
    program_free(&p);
}

static int setup(void **state) {
    fm_error error = {0};
    if (fm_device_list_create(&list, &error) || fm_device_list_count(list) < 2)
        return -1; /* the suite needs an OpenCL device */
    return small_runs_setup(state);
}

static int teardown(void **state) {
    fm_device_list_free(list);
    return small_runs_teardown(state);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_result),
        cmocka_unit_test(test_ctrl_c),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_bar),
        cmocka_unit_test(test_train_uses_it),
        cmocka_unit_test(test_the_same_bits),
        cmocka_unit_test(test_a_damaged_file_is_ignored),
        cmocka_unit_test(test_a_damaged_file_is_replaced),
        cmocka_unit_test(test_clblast_where_it_was_faster),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
