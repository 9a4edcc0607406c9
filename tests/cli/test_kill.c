/* A training that is killed: at random moments, within an epoch, and at every call that changes a
 * file. What is left is whole, and gone on with it ends with the same bits as one that nobody
 * killed.
 * FM_KILLS=N in the environment: N random moments instead of a few. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/random.h"
#include "fmnist_cl/train_state.h"
#include "support/small_runs.h"
#include "support/temporary.h"

static const char *file(const char *folder, const char *run, const char *name) {
    return temporary_path(temporary_path(folder, run), name);
}

/* ---- What is left ---- */

static void check_weights(const char *path) {
    fm_error error = {0};
    fm_weights *weights = NULL;
    if (!file_exists(path))
        return;
    if (fm_weights_load(&weights, path, &error))
        fail_msg("%s: %s", error.what, error.why);
    fm_weights_free(weights);
}

/* Every file that is there is whole. */
static void check_whole(const char *folder, const char *run) {
    static const char *const documents[] = {"config.json", "metrics.json"};
    fm_error error = {0};
    fm_train_state *state = NULL;
    char *note = NULL;
    if (!file_exists(temporary_path(folder, run)))
        return;
    check_weights(file(folder, run, "last.safetensors"));
    check_weights(file(folder, run, "best.safetensors"));
    for (size_t i = 0; i < 2; i++)
        if (file_exists(file(folder, run, documents[i])))
            json_decref(load_json(file(folder, run, documents[i])));
    const char *history = file(folder, run, "history.csv"), *checkpoint;
    if (file_exists(history)) {
        size_t size;
        unsigned char *text = temporary_read(history, &size);
        assert_true(size > 0 && text[size - 1] == '\n');
        free(text);
    }
    checkpoint = file(folder, run, "resume.safetensors");
    if (file_exists(checkpoint) && fm_train_state_load(&state, &note, checkpoint, &error))
        fail_msg("%s: %s", error.what, error.why);
    fm_train_state_free(state);
    free(note);
}

/* Nothing is left beside the run's own seven files. */
static void check_clean(const char *folder, const char *run) {
    assert_int_equal(temporary_count(temporary_path(folder, run)), 7);
}

/* ---- Random moments ---- */

/* Begins the run, or goes on where there is something to go on with. */
static void start(program *p, const char *folder, const char *run) {
    p->folder = folder;
    if (file_exists(file(folder, run, "resume.safetensors")))
        program_start(p, (const char *[]){"train", "--data", "data", "--resume", run, NULL});
    else
        small_train_start(p, folder, (const char *[]){"--epochs", "25", "--run", run, NULL});
}

static void sleep_for(double seconds) {
    const struct timespec pause = {(time_t)seconds,
                                   (long)((seconds - (double)(time_t)seconds) * 1e9)};
    nanosleep(&pause, NULL);
}

static void test_killed_at_random_moments(void **state) {
    const char *wanted = getenv("FM_KILLS");
    const long most = wanted ? atol(wanted) : 30;
    program p = {.folder = NULL};
    fm_random random;
    char run[32] = "killed-0";
    double began = fm_clock_seconds();
    small_train(&p, *state, "--epochs", "25", "--run", "untouched");
    assert_int_equal(p.status, 0);
    program_free(&p);
    double whole = fm_clock_seconds() - began;
    long kills = 0, runs = 0;
    fm_random_seed(&random, (uint64_t)getpid(), 77);
    while (kills < most || file_exists(file(*state, run, "resume.safetensors"))) {
        start(&p, *state, run);
        /* Where enough were killed the last run may end. */
        if (kills < most) {
            sleep_for(1.2 * whole * (double)fm_random_unit(&random));
            kill(p.pid, SIGKILL);
        }
        program_wait(&p);
        kills += p.status == -SIGKILL;
        if (p.status != 0 && p.status != -SIGKILL)
            fail_msg("%s ends with %d: %s", run, p.status, p.err);
        check_whole(*state, run);
        if (p.status == 0) {
            same_runs(*state, "untouched", run);
            check_clean(*state, run);
            snprintf(run, sizeof run, "killed-%ld", ++runs);
        }
        program_free(&p);
    }
    print_message("%ld kills survived, in %ld runs\n", kills, runs);
}

/* ---- Every call that changes a file ---- */

static void start_dying(program *p, const char *folder, const char *run, const char *how,
                        int number) {
    static char text[32];
    static const char *environment[2] = {text};
    snprintf(text, sizeof text, "%s=%d", how, number);
    *p = (program){.path = FM_DYING_PROGRAM, .environment = environment};
    small_train(p, folder, "--hidden", "none", "--epochs", "2", "--batch-size", "64", "--run", run);
}

static void go_on(const char *folder, const char *run) {
    program p = {.folder = folder};
    if (file_exists(file(folder, run, "resume.safetensors")))
        program_run(&p, "train", "--data", "data", "--resume", run);
    else
        small_train(&p, folder, "--hidden", "none", "--epochs", "2", "--batch-size", "64", "--run",
                    run);
    if (p.status)
        fail_msg("%s: %s", run, p.err);
    program_free(&p);
    same_runs(folder, "linear", run);
}

/* The suite without sanitizers tries every call; the program that starts slowly dies at some. */
#ifdef FM_SANITIZED
enum { STRIDE = 7 };
#else
enum { STRIDE = 1 };
#endif

static void test_dies_at_every_call(void **state) {
    program p;
    int number = 1, calls = 0;
    start_dying(&p, *state, "linear", "FM_DIE_AT", 0);
    assert_int_equal(p.status, 0);
    program_free(&p);
    for (;; number += STRIDE) {
        char run[32];
        snprintf(run, sizeof run, "died-%d", number);
        start_dying(&p, *state, run, "FM_DIE_AT", number);
        int status = p.status;
        program_free(&p);
        if (status == 0)
            break;
        assert_int_equal(status, -SIGKILL);
        calls++;
        check_whole(*state, run);
        go_on(*state, run);
        check_clean(*state, run);
    }
    assert_true(calls > 50 / STRIDE);
    print_message("%d deaths survived, at every %d. call that changes a file\n", calls, STRIDE);
}

/* The disk is full at that call: one line that says so, status 1; or it did not matter. */
static void test_fails_at_every_call(void **state) {
    program p;
    int failures = 0, last_failed = 0;
    for (int number = 1; number - last_failed < 20; number += STRIDE) {
        char run[32];
        snprintf(run, sizeof run, "full-%d", number);
        start_dying(&p, *state, run, "FM_FAIL_AT", number);
        check_whole(*state, run);
        if (p.status) {
            assert_int_equal(p.status, 1);
            assert_non_null(strstr(p.err, "No space left on device"));
            assert_non_null(strstr(p.err, run));
            failures++;
            last_failed = number;
            go_on(*state, run);
        } else {
            same_runs(*state, "linear", run);
        }
        program_free(&p);
    }
    assert_true(failures > 40 / STRIDE);
    print_message("%d failures survived\n", failures);
}

/* ---- Within an epoch, on OpenCL ---- */

/* Its one epoch takes a second or so: time to stop it in the midst, and to kill it after. */
#define LONG_EPOCH                                                                                 \
    "--device", "cpu", "--hidden", "4096", "--batch-size", "1", "--epochs", "1", "-v", "--run"

static int is_within_an_epoch(const char *checkpoint) {
    fm_error error = {0};
    fm_train_state *state = NULL;
    char *note = NULL;
    if (fm_train_state_load(&state, &note, checkpoint, &error))
        fail_msg("%s: %s", error.what, error.why);
    int is = state->position > 0;
    fm_train_state_free(state);
    free(note);
    return is;
}

static void test_killed_within_an_epoch(void **state) {
    program p = {.folder = NULL};
    small_train(&p, *state, LONG_EPOCH, "at-once");
    assert_int_equal(p.status, 0);
    program_free(&p);
    small_train_start(&p, *state, (const char *[]){LONG_EPOCH, "midst", NULL});
    program_wait_for(&p, "first step after");
    kill(p.pid, SIGINT);
    program_wait(&p);
    program_free(&p);
    if (!is_within_an_epoch(file(*state, "midst", "resume.safetensors"))) {
        print_message("skipped: the device ends an epoch before it can be stopped\n");
        skip();
    }
    program_start(&p, (const char *[]){"train", "--data", "data", "--resume", "midst", "-v", NULL});
    program_wait_for(&p, "first step after");
    kill(p.pid, SIGKILL);
    program_wait(&p);
    assert_true(p.status == -SIGKILL || p.status == 0); /* where what is left took no time */
    program_free(&p);
    check_whole(*state, "midst");
    program_run(&p, "train", "--data", "data", "--resume", "midst");
    assert_int_equal(p.status, 0);
    program_free(&p);
    same_runs(*state, "at-once", "midst");
    check_clean(*state, "midst");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_killed_at_random_moments),
        cmocka_unit_test(test_killed_within_an_epoch),
        cmocka_unit_test(test_dies_at_every_call),
        cmocka_unit_test(test_fails_at_every_call),
    };
    return cmocka_run_group_tests(tests, small_runs_setup, small_runs_teardown);
}
