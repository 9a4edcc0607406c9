/* A device that computes wrongly: devices --check says so, train, explore and study refuse it. The
 * commands run in this process, where the reference is the wrong device. */
/* wrap: fm_reference_create */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "cli/cache.h"
#include "cli/command.h"
#include "support/faulty_reference.h"
#include "support/idx_files.h"
#include "support/small_runs.h"
#include "support/temporary.h"

/* The first one that is made is the device, the second the one to compare with. */
static int wrong_ones;
int __real_fm_reference_create(fm_backend **out, fm_error *error);
int __wrap_fm_reference_create(fm_backend **out, fm_error *error);
int __wrap_fm_reference_create(fm_backend **out, fm_error *error) {
    static int making; /* what is wrong is made of a right one */
    if (making || wrong_ones <= 0)
        return __real_fm_reference_create(out, error);
    wrong_ones--;
    making = 1;
    *out = faulty_reference((fault){.place = FAULT_LOSS_GRADIENT});
    making = 0;
    return FM_OK;
}

static fm_error error;
static char *printed; /* by the command, on stdout */

/* Runs a command on arguments, NULL-terminated. */
static int run_command(const char *folder, const cli_command *command, const char *const *words) {
    char *argv[32];
    int argc = 0;
    cli_arguments arguments;
    void *settings;
    for (; words[argc]; argc++)
        argv[argc] = (char *)words[argc];
    memset(&error, 0, sizeof error);
    assert_int_equal(fm_memory_allocate(&settings, 1, command->settings_size, "", NULL), FM_OK);
    int status = cli_options_parse(&arguments, settings, command->groups, argc, argv, &error);
    arguments.line = "fmnist-cl";
    const char *path = temporary_path(folder, "stdout");
    fflush(stdout);
    int kept = dup(1);
    assert_true(kept >= 0 && freopen(path, "w", stdout));
    if (!status)
        status = command->run(settings, &arguments, &error);
    fflush(stdout);
    assert_true(dup2(kept, 1) == 1 && !close(kept));
    size_t size;
    free(printed);
    printed = (char *)temporary_read(path, &size);
    free(settings);
    return status;
}

#define RUN(folder, command, ...)                                                                  \
    run_command((folder), (command), (const char *[]){__VA_ARGS__, NULL})

static void expect_refused(int status) {
    assert_int_equal(status, FM_E_WRONG);
    assert_string_equal(error.what, "plain C");
    assert_non_null(strstr(error.why, "computes wrongly: loss (2 x 10), ce (a known answer): "));
    assert_non_null(strstr(error.hint, "--no-check"));
}

static void test_devices(void **state) {
    static const char *const keys[] = {"pass", "fail"};
    wrong_ones = 0;
    for (int wrong = 0; wrong < 2; wrong++) {
        wrong_ones = wrong;
        int status = RUN(*state, &cli_devices, "--check", "--json", "-q");
        assert_int_equal(status, wrong ? FM_E_WRONG : FM_OK);
        json_t *document = parse_json(printed);
        const json_t *devices = json_object_get(document, "devices");
        const json_t *last = json_array_get(devices, json_array_size(devices) - 1);
        const char *failure = json_string_value(json_object_get(last, "failure"));
        assert_string_equal(json_string_value(json_object_get(last, "check")), keys[wrong]);
        assert_true(!failure == !wrong);
        if (wrong) {
            assert_non_null(strstr(failure, "loss (2 x 10), ce"));
            assert_non_null(strstr(error.why, "1 of 1 devices failed"));
        }
        json_decref(document);
        wrong_ones = wrong;
        status = RUN(*state, &cli_devices, "--check", "-q");
        assert_int_equal(status, wrong ? FM_E_WRONG : FM_OK);
        assert_non_null(strstr(printed, "  check\n"));
        const char *row = strstr(printed, "reference  plain C");
        assert_non_null(row);
        assert_non_null(strstr(row, wrong ? "fail\n" : "pass\n"));
    }
    assert_int_equal(RUN(*state, &cli_devices, "-q"), FM_OK);
    assert_null(strstr(printed, "check"));
}

#define SMALL                                                                                      \
    "--device", "reference", "--data", temporary_path(*state, "data"), "--hidden", "8",            \
        "--epochs", "1", "-q"

static void test_train(void **state) {
    const char *run = temporary_path(*state, "run");
    wrong_ones = 1;
    expect_refused(RUN(*state, &cli_train, SMALL, "--run", run));
    assert_false(file_exists(run)); /* refused before anything was begun */
    wrong_ones = 1;
    assert_int_equal(RUN(*state, &cli_train, SMALL, "--run", run, "--no-check"), FM_OK);
    assert_true(file_exists(temporary_path(*state, "run/last.safetensors")));
    /* Right, checked and remembered: the next time a wrong one is not noticed. */
    wrong_ones = 0;
    assert_int_equal(RUN(*state, &cli_train, SMALL, "--run", temporary_path(*state, "run2")),
                     FM_OK);
    wrong_ones = 1;
    assert_int_equal(RUN(*state, &cli_train, SMALL, "--run", temporary_path(*state, "run3")),
                     FM_OK);
    /* Until devices --check finds it. */
    wrong_ones = 1;
    assert_int_equal(RUN(*state, &cli_devices, "--check", "-q"), FM_E_WRONG);
    wrong_ones = 1;
    expect_refused(RUN(*state, &cli_train, SMALL, "--run", temporary_path(*state, "run4")));
}

static void test_explore_and_study(void **state) {
    const char *run = temporary_path(*state, "runner");
    /* As many as may be opened: the reference's parts, one for each processor, and the whole. */
    wrong_ones = 1000;
    expect_refused(RUN(*state, &cli_explore, "lr", "--values", "0.01", SMALL, "--run", run));
    wrong_ones = 1000;
    expect_refused(RUN(*state, &cli_study, "--quick", "--device", "reference", "--data",
                       temporary_path(*state, "data"), "-q", "--run",
                       temporary_path(*state, "st")));
    wrong_ones = 1000;
    /* Without the check it goes on; a network that was trained so wrongly only guesses. */
    assert_int_equal(RUN(*state, &cli_explore, "lr", "--values", "0.01", SMALL, "--run",
                         temporary_path(*state, "lab2"), "--seeds", "1", "--no-check"),
                     FM_E_DIVERGED);
    wrong_ones = 0;
}

/* ---- Where it is remembered ---- */

static void expect_folder(const char *own, const char *shared, const char *home,
                          const char *expected) {
    static const char *const names[] = {"FMNIST_CACHE", "XDG_CACHE_HOME", "HOME"};
    const char *values[] = {own, shared, home};
    char folder[64];
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(values[i] ? setenv(names[i], values[i], 1) : unsetenv(names[i]), 0);
    const char *found = cli_cache_folder(folder, sizeof folder);
    if (!expected)
        assert_null(found);
    else
        assert_string_equal(found, expected);
}

static void test_cache_folder(void **state) {
    (void)state;
    char home[256];
    snprintf(home, sizeof home, "%s", getenv("HOME") ? getenv("HOME") : "");
    expect_folder("here", "/shared", "/home/me", "here");
    expect_folder("", "/shared", "/home/me", "/shared/fmnist-cl");
    expect_folder(NULL, "/shared", NULL, "/shared/fmnist-cl");
    expect_folder(NULL, "relative", "/home/me", "/home/me/.cache/fmnist-cl");
    expect_folder(NULL, NULL, "/home/me", "/home/me/.cache/fmnist-cl");
    expect_folder(NULL, NULL, "", NULL);
    expect_folder(NULL, NULL, NULL, NULL);
    expect_folder("/a/name/that/is/too/long/for/the/sixty/four/bytes/of/the/test/s/room", NULL,
                  "/home/me", NULL);
    assert_int_equal(setenv("HOME", home, 1), 0);
}

static int setup(void **state) {
    small_runs_setup(state);
    idx_write_learnable(temporary_path(*state, "data"), SMALL_TRAIN, SMALL_TEST);
    /* The reference is the only device. */
    const char *empty = temporary_path(*state, "empty");
    return mkdir(empty, 0777) || setenv("OCL_ICD_VENDORS", empty, 1) ||
           setenv("FMNIST_CACHE", temporary_path(*state, "cache"), 1);
}

static int teardown(void **state) {
    free(printed);
    return small_runs_teardown(state);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_devices),
        cmocka_unit_test(test_explore_and_study),
        cmocka_unit_test(test_train),
        cmocka_unit_test(test_cache_folder),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
