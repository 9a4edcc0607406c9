/* Trials that fail for another reason than divergence: the others go on, it is said, and the same
 * again runs them once more, and only them. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fmnist_cl/study.h"
#include "study/experiment.h"
#include "support/check.h"
#include "support/idx_files.h"
#include "support/opencl_calls.h"
#include "support/temporary.h"

static char *folder;
static fm_dataset *dataset;
static fm_device_list *list;
static const fm_device_info *device;
static fm_pool *pool;

/* Large enough to have the whole device: calls come in one order. */
static fm_settings fixed_setup(void) {
    fm_settings setup = {.architecture = {.inputs = FM_PIXELS,
                                          .outputs = FM_CLASSES,
                                          .hidden_count = 1,
                                          .hidden = {64},
                                          .activation = FM_RELU}};
    fm_train_options_init(&setup.options);
    setup.options.epochs = 2;
    setup.options.batch_size = 32;
    return setup;
}

/* Two values with two seeds, of which the second diverges. */
static fm_experiment *open_in(const char *name) {
    fm_error error = {0};
    fm_plan plan;
    fm_experiment *experiment;
    const fm_settings fixed = fixed_setup();
    CHECK_OK(fm_plan_create(&plan, FM_FACTOR_LR, "0.003,1e30", &fixed, 2, 250, &error), &error);
    CHECK_OK(fm_experiment_open(&experiment, temporary_path(folder, name), &plan, dataset, 250,
                                device, FM_GEMM_AUTO, &error),
             &error);
    return experiment;
}

static void run(fm_experiment *experiment) {
    fm_error error = {0};
    CHECK_OK(fm_experiment_run(experiment, pool, NULL, NULL, &error), &error);
    assert_int_equal(fm_experiment_left(experiment), 0);
}

/* The first trial runs on an open device, and fails in it. */
static const int calls = 12;

static void test_only_they_are_run_again(void **state) {
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
    e = open_in("fails"); /* the new line took the old one's place */
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

/* What comes after an experiment rests on it: a study ends there, and goes on when it is whole. */
static void test_a_study_ends_there(void **state) {
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
        int status = fm_study_run(&study, temporary_path(folder, "study"), &options, dataset, pool,
                                  device, FM_GEMM_AUTO, &observer, &error);
        opencl_fail("", 0, 0);
        assert_null(study);
        assert_int_equal(status, again ? FM_E_INTERRUPTED : FM_E_OPENCL);
        if (!again)
            assert_non_null(strstr(error.why, "1 of 2 trials failed"));
        assert_int_equal(!stat(temporary_path(folder, "study/2-layers"), &info), again);
    }
    assert_int_equal(stat(temporary_path(folder, "study/1-epochs/results.csv"), &info), 0);
}

static int setup_all(void **state) {
    (void)state;
    fm_error error = {0};
    folder = temporary_create();
    const char *data = temporary_path(folder, "data");
    assert_int_equal(mkdir(data, 0777), 0);
    idx_write_learnable(data, 250, 50);
    CHECK_OK(fm_dataset_load(&dataset, data, &error), &error);
    CHECK_OK(fm_device_list_create(&list, &error), &error);
    CHECK_OK(fm_device_list_choose(&device, list, NULL, &error), &error);
    CHECK_OK(fm_pool_create(&pool, list, device->number, FM_GEMM_AUTO, &error), &error);
    return 0;
}

static int teardown_all(void **state) {
    (void)state;
    fm_pool_free(pool);
    fm_device_list_free(list);
    fm_dataset_free(dataset);
    temporary_remove(folder);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_they_are_run_again),
        cmocka_unit_test(test_a_study_ends_there),
    };
    return cmocka_run_group_tests(tests, setup_all, teardown_all);
}
