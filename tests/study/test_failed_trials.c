/* Trials that fail for another reason than divergence: the others continue, an error reports them,
 * and the next run repeats only them. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fmnist_cl/study.h"
#include "study/experiment.h"
#include "support/check.h"
#include "support/opencl_calls.h"
#include "support/small_experiments.h"
#include "support/temporary.h"

static fm_pool *pool;

/* Large enough for the whole device, so that calls come in one order. */
static fm_settings fixed_setup(void) {
    return small_settings(64, 2);
}

/* Two values with two seeds, of which the second diverges. */
static fm_experiment *open_in(const char *name) {
    const fm_settings fixed = fixed_setup();
    return small_experiment(name, small.opencl, FM_FACTOR_LR, "0.003,1e30", 2, &fixed);
}

static void run(fm_experiment *experiment) {
    fm_error error = {0};
    CHECK_OK(fm_experiment_run(experiment, pool, NULL, NULL, &error), &error);
    assert_int_equal(fm_experiment_left(experiment), 0);
}

/* The call that fails is in the first trial, after the device was opened. */
static const int calls = 12;

static void test_only_failed_trials_are_repeated(void **state) {
    (void)state;
    fm_error error = {0};
    fm_experiment *whole = open_in("whole");
    run(whole);
    CHECK_OK(fm_experiment_check(whole, &error), &error); /* divergence is a result */

    fm_experiment *e = open_in("fails");
    opencl_fail("clEnqueueNDRangeKernel", calls, CL_OUT_OF_RESOURCES);
    run(e);
    opencl_fail("", 0, 0);
    assert_int_equal(fm_experiment_check(e, &error), FM_E_OPENCL);
    assert_non_null(strstr(error.why, "1 of 4 trials failed; first 0.003 with seed 0: "));
    assert_non_null(strstr(error.why, "CL_OUT_OF_RESOURCES"));
    assert_non_null(strstr(error.hint, "repeat the failed trials"));
    fm_experiment_close(e);

    e = open_in("fails");
    assert_int_equal(fm_experiment_left(e), 1);
    run(e);
    CHECK_OK(fm_experiment_check(e, &error), &error);
    fm_experiment_close(e);
    e = open_in("fails"); /* the new line replaces the old one */
    assert_int_equal(fm_experiment_left(e), 0);
    for (size_t i = 0; i < 4; i++) {
        const fm_trial *a = fm_experiment_trial(e, i), *b = fm_experiment_trial(whole, i);
        assert_int_equal(a->failed, i >= 2);
        assert_int_equal(a->cause, i >= 2 ? FM_E_DIVERGED : FM_OK);
        assert_string_equal(a->reason, b->reason);
        assert_int_equal(a->epochs, b->epochs);
        for (size_t n = 0; n < a->epochs; n++)
            assert_true(a->curve[n].val.loss == b->curve[n].val.loss);
    }
    fm_experiment_close(e);
    fm_experiment_close(whole);
}

static int stop_at(void *user, const fm_live *live) {
    return live->plan->factor == *(const enum fm_factor *)user;
}

/* Later steps need complete results: the study stops, and continues when the trials are repeated.
 */
static void test_a_study_stops_at_failed_trials(void **state) {
    (void)state;
    fm_error error = {0};
    enum fm_factor second = FM_FACTOR_LAYERS;
    const fm_study_observer observer = {.trials = {.user = &second, .progress = stop_at}};
    fm_study_options options;
    fm_study *study;
    struct stat info;
    fm_study_options_init(&options, 1);
    options.base = fixed_setup();
    options.seeds = 2;
    for (int again = 0; again < 2; again++) {
        opencl_fail(again ? "" : "clEnqueueNDRangeKernel", calls, CL_OUT_OF_RESOURCES);
        int status =
            fm_study_run(&study, temporary_path(small.folder, "study"), &options, small.dataset,
                         pool, small.opencl, FM_GEMM_AUTO, &observer, &error);
        opencl_fail("", 0, 0);
        assert_null(study);
        assert_int_equal(status, again ? FM_E_INTERRUPTED : FM_E_OPENCL);
        if (!again)
            assert_non_null(strstr(error.why, "1 of 2 trials failed"));
        assert_int_equal(!stat(temporary_path(small.folder, "study/2-layers"), &info), again);
    }
    assert_int_equal(stat(temporary_path(small.folder, "study/1-epochs/results.csv"), &info), 0);
}

static int setup_all(void **state) {
    fm_error error = {0};
    small_experiments_setup(state);
    CHECK_OK(fm_pool_create(&pool, small.list, small.opencl->number, FM_GEMM_AUTO, &error), &error);
    return 0;
}

static int teardown_all(void **state) {
    fm_pool_free(pool);
    return small_experiments_teardown(state);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_failed_trials_are_repeated),
        cmocka_unit_test(test_a_study_stops_at_failed_trials),
    };
    return cmocka_run_group_tests(tests, setup_all, teardown_all);
}
