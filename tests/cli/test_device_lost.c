/* A device that is lost in the middle of a training: every call of OpenCL fails from then on. One
 * line says so, with how to go on; what is gone on with, and lost once more on the way, ends with
 * the same bits as a training on a device that was never lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fmnist_cl/train_state.h"
#include "support/faulty_program.h"
#include "support/small_runs.h"
#include "support/temporary.h"

#ifdef FM_FAULTS_LIBRARY

enum { EPOCHS = 3, MOMENTS = 4 };
#define TRAIN                                                                                      \
    "train", "--data", "data", "--device", "cpu", "--hidden", "8", "--epochs", "3",                \
        "--batch-size", "16", "-q", "--run"
#define RESUME "train", "--data", "data", "-q", "--resume"

/* How many steps the run's checkpoint has. */
static uint64_t steps_of(const char *folder, const char *run) {
    fm_error error = {0};
    fm_train_state *state;
    char *note;
    const char *path = temporary_path(temporary_path(folder, run), "resume.safetensors");
    if (fm_train_state_load(&state, &note, path, &error))
        fail_msg("%s: %s", error.what, error.why);
    uint64_t steps = state->steps;
    fm_train_state_free(state);
    free(note);
    return steps;
}

/* Loses the device at the call, in a run of so many. */
static void lose(const char *folder, const char *run, long call, const char *const *arguments) {
    faulty_program r;
    char fault[32];
    snprintf(fault, sizeof fault, "opencl:%ld+", call);
    faulty_run(&r, folder, fault, arguments);
    if (r.p.status != 1)
        fail_msg("lost at call %ld, status %d: %s", call, r.p.status, r.p.err);
    assert_string_equal(r.p.out, "");
    assert_memory_equal(r.p.err, "fmnist-cl: ", 11);
    assert_non_null(strstr(r.p.err, ": CL_OUT_OF_RESOURCES (-5)\n  hint: "));
    const char *hint =
        strstr(r.p.err, "resume from the last checkpoint: fmnist-cl train --resume ");
    if (!hint || !strstr(hint, run))
        fail_msg("lost at call %ld: it does not say how to resume: %s", call, r.p.err);
    assert_int_equal(faulty_count(&r, "objects"), 0);
    faulty_free(&r);
}

/* How many calls a run makes in which nothing fails. */
static long calls_of(const char *folder, const char *const *arguments) {
    faulty_program r;
    faulty_run(&r, folder, "none", arguments);
    if (r.p.status)
        fail_msg("%s", r.p.err);
    long calls = faulty_count(&r, "opencl");
    faulty_free(&r);
    return calls;
}

static void test_lost_and_resumed(void **state) {
    program p = {.folder = *state};
    program_run(&p, TRAIN, "first");
    int found = p.status == 0;
    program_free(&p);
    if (!found) {
        print_message("skipped: there is no OpenCL device\n");
        skip();
    }
    faulty_prepare(*state, (const char *[]){TRAIN, "rest", "--epochs", "2", NULL});
    /* Of a training whose last epoch alone is left, the second half is this epoch. */
    const long rest = calls_of(*state, (const char *[]){RESUME, "rest", "--epochs", "3", NULL});
    const long all = calls_of(*state, (const char *[]){TRAIN, "whole", NULL});
    same_runs(*state, "first", "whole");
    same_runs(*state, "rest", "whole");
    uint64_t whole = steps_of(*state, "whole"), resumed = 0;
    for (long i = 0; i < MOMENTS; i++) {
        char run[32];
        snprintf(run, sizeof run, "lost-%ld", i);
        lose(*state, run, all / 2 + i * all / 2 / MOMENTS, (const char *[]){TRAIN, run, NULL});
        uint64_t steps = steps_of(*state, run);
        resumed += steps > 0 && steps < whole;
        if (steps < whole)
            lose(*state, run, rest * 2 / 3, (const char *[]){RESUME, run, NULL});
        (void)calls_of(*state, (const char *[]){RESUME, run, NULL});
        same_runs(*state, "whole", run);
    }
    assert_true(resumed > 0); /* not all from the beginning, nor all from the end */
    print_message("lost at %d moments, twice each, and resumed\n", MOMENTS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lost_and_resumed),
    };
    return cmocka_run_group_tests(tests, small_runs_setup, small_runs_teardown);
}

#else /* sanitizers stand between the program and the system themselves */

int main(void) {
    print_message("skipped: no faults in a build with sanitizers\n");
    return 0;
}

#endif
