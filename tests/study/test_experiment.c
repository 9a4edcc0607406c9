/* Experiments on the reference and on the first OpenCL device: their journal, resuming, failed
 * trials, and the conclusion. */
/* wrap: calloc */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fmnist_cl/experiment.h"
#include "study/experiment.h"
#include "support/check.h"
#include "support/opencl_calls.h"
#include "support/small_experiments.h"
#include "support/temporary.h"

WRAP(void *, calloc, size_t count, size_t size) {
    return opencl_failure("calloc") ? NULL : __real_calloc(count, size);
}

static fm_experiment *open_on(const char *name, const fm_device_info *device, enum fm_factor factor,
                              const char *values) {
    const fm_settings fixed = small_settings(8, 3);
    return small_experiment(name, device, factor, values, 3, &fixed);
}

/* What an observer saw. It stops after `stop_after` finished trials, or in the middle of the trial
 * after `stop_in_middle`. */
typedef struct seen {
    size_t trials, progress, most_running, stop_after, stop_in_middle;
} seen;

static int see_progress(void *user, const fm_live *live) {
    seen *s = user;
    s->progress++;
    s->most_running = live->running > s->most_running ? live->running : s->most_running;
    assert_true(live->done <= live->total);
    for (size_t i = 0; i < live->running; i++)
        for (size_t e = 0; e < live->trial[i]->epochs; e++)
            assert_int_equal(live->trial[i]->curve[e].number, e + 1);
    if (s->stop_in_middle)
        return s->trials >= s->stop_in_middle && live->running && live->trial[0]->epochs == 1;
    return s->stop_after && s->trials >= s->stop_after;
}

static void see_trial(void *user, const fm_live *live, const fm_trial *trial) {
    seen *s = user;
    s->trials++;
    assert_true(live->done >= s->trials);
    assert_true(trial->failed || trial->epochs > 0);
}

static int run_on(fm_experiment *experiment, const fm_device_info *device, seen *s,
                  fm_error *error) {
    fm_pool *pool;
    const fm_experiment_observer observer = {s, see_progress, see_trial};
    CHECK_OK(fm_pool_create(&pool, small.list, device->number, FM_GEMM_AUTO, error), error);
    int status = fm_experiment_run(experiment, pool, NULL, s ? &observer : NULL, error);
    fm_pool_free(pool);
    return status;
}

static void run(fm_experiment *experiment, const fm_device_info *device, seen *s) {
    fm_error error = {0};
    CHECK_OK(run_on(experiment, device, s, &error), &error);
    assert_int_equal(fm_experiment_left(experiment), 0);
}

/* Compares accuracies and losses, but not times. */
static void assert_same(const fm_experiment *a, const fm_experiment *b) {
    assert_int_equal(fm_experiment_row_count(a), fm_experiment_row_count(b));
    for (size_t i = 0; i < fm_experiment_row_count(a); i++) {
        fm_result_row x, y;
        assert_true(fm_experiment_row(&x, a, i));
        assert_true(fm_experiment_row(&y, b, i));
        assert_int_equal(x.trial->seed, y.trial->seed);
        assert_true(x.val_loss == y.val_loss);
        assert_true(x.val_accuracy == y.val_accuracy);
    }
}

static void test_runs_everything_once(void **state) {
    (void)state;
    seen s = {0};
    fm_experiment *e = open_on("once", small.reference, FM_FACTOR_BATCH_SIZE, "8,16,32");
    assert_int_equal(fm_experiment_left(e), 9);
    assert_null(fm_experiment_trial(e, 0));
    run(e, small.reference, &s);
    assert_int_equal(s.trials, 9);
    assert_true(s.progress > 9);
    assert_true(s.most_running >= 1);
    for (size_t i = 0; i < 9; i++) {
        const fm_trial *trial = fm_experiment_trial(e, i);
        assert_int_equal(trial->epochs, 3);
        assert_int_equal(trial->seed, i % 3);
        if (i % 3) /* another seed: another split, order and start */
            assert_true(trial->curve[0].train.loss !=
                        fm_experiment_trial(e, i - 1)->curve[0].train.loss);
        assert_int_equal(trial->curve[2].steps, (200 + (8u << i / 3) - 1) / (8u << i / 3));
    }
    assert_null(fm_experiment_trial(e, 9));
    fm_experiment_close(e);
    /* Opened again, it has nothing left to run, and the same results. */
    fm_experiment *again = open_on("once", small.reference, FM_FACTOR_BATCH_SIZE, "8,16,32");
    assert_int_equal(fm_experiment_left(again), 0);
    s = (seen){0};
    run(again, small.reference, &s);
    assert_int_equal(s.trials, 0);
    e = open_on("once-more", small.reference, FM_FACTOR_BATCH_SIZE, "8,16,32");
    run(e, small.reference, NULL);
    assert_same(e, again);
    fm_experiment_close(e);
    fm_experiment_close(again);
}

static int never_stop(void *user, const fm_progress *progress) {
    (void)user;
    (void)progress;
    return 0;
}

static int run_trial(fm_trial *trial, const fm_settings *setup, fm_device *device,
                     fm_error *error) {
    const fm_images images = fm_dataset_train(small.dataset);
    const fm_trial_observer observer = {
        NULL, never_stop, temporary_path(small.folder, "trial.safetensors"), "a trial", 60};
    return fm_trial_run(trial, setup, device, 1, &images, NULL, &observer, error);
}

/* On a sub-device, a trial has the same bits as on the whole device. */
static void test_same_bits_as_alone(void **state) {
    (void)state;
    fm_error error = {0};
    fm_device *device;
    fm_experiment *e = open_on("alone", small.opencl, FM_FACTOR_NODES, "5,40,300");
    run(e, small.opencl, NULL);
    CHECK_OK(fm_device_open(&device, small.list, small.opencl->number, FM_GEMM_AUTO, &error),
             &error);
    for (size_t i = 0; i < fm_experiment_trial_count(e); i++) {
        const fm_trial *trial = fm_experiment_trial(e, i);
        fm_settings setup;
        fm_plan_apply(&setup, fm_experiment_plan(e), trial->value);
        fm_trial alone = {.value = trial->value, .seed = trial->seed};
        CHECK_OK(run_trial(&alone, &setup, device, &error), &error);
        for (size_t epoch = 0; epoch < 3; epoch++) {
            assert_true(alone.curve[epoch].val.loss == trial->curve[epoch].val.loss);
            assert_true(alone.curve[epoch].train.loss == trial->curve[epoch].train.loss);
        }
        fm_trial_clear(&alone);
    }
    fm_device_close(device);
    fm_experiment_close(e);
}

static void test_epochs_share_one_curve(void **state) {
    (void)state;
    seen s = {0};
    fm_experiment *e = open_on("epochs", small.reference, FM_FACTOR_EPOCHS, "1,2,4");
    run(e, small.reference, &s);
    assert_int_equal(s.trials, 3);
    assert_int_equal(fm_experiment_row_count(e), 9);
    static const size_t epochs[] = {1, 2, 4};
    for (size_t i = 0; i < 9; i++) {
        fm_result_row row;
        double seconds = 0;
        assert_true(fm_experiment_row(&row, e, i));
        assert_int_equal(row.value, i / 3);
        assert_int_equal(row.trial->seed, i % 3);
        assert_true(row.val_loss == row.trial->curve[epochs[i / 3] - 1].val.loss);
        for (size_t n = 0; n < epochs[i / 3]; n++)
            seconds += row.trial->curve[n].seconds;
        assert_true(row.seconds == seconds);
    }
    fm_experiment_close(e);
}

static void test_resumes_where_it_stopped(void **state) {
    (void)state;
    fm_experiment *whole = open_on("whole", small.reference, FM_FACTOR_LR, "0.001,0.003,0.01");
    run(whole, small.reference, NULL);
    size_t done = 0, rounds = 0;
    for (; done < 9; rounds++) {
        fm_error error = {0};
        seen s = {.stop_after = 2};
        fm_experiment *e = open_on("parts", small.reference, FM_FACTOR_LR, "0.001,0.003,0.01");
        assert_int_equal(fm_experiment_left(e), 9 - done);
        int status = run_on(e, small.reference, &s, &error);
        assert_true(status == FM_OK || status == FM_E_INTERRUPTED);
        done += s.trials;
        assert_int_equal(fm_experiment_left(e), 9 - done);
        if (done == 9)
            assert_same(e, whole);
        fm_experiment_close(e);
    }
    assert_true(rounds >= 2);
    fm_experiment_close(whole);
}

static void test_most_seeds_and_margin(void **state) {
    (void)state;
    static const struct {
        size_t most_seeds;
        double margin;
        const char *what;
    } wrong[] = {{2, 0, "most_seeds"},
                 {101, 0, "most_seeds"},
                 {3, -0.1, "margin"},
                 {3, (double)NAN, "margin"}};
    const fm_settings fixed = small_settings(8, 3);
    const size_t images = fm_dataset_train(small.dataset).count;
    for (size_t i = 0; i < 4; i++) {
        fm_error error = {0};
        fm_plan plan;
        fm_experiment *experiment;
        CHECK_OK(fm_plan_create(&plan, FM_FACTOR_LR, "0.003", &fixed, 3, images, &error), &error);
        plan.most_seeds = wrong[i].most_seeds;
        plan.margin = wrong[i].margin;
        assert_int_equal(fm_experiment_open(&experiment, temporary_path(small.folder, "wrong"),
                                            &plan, small.dataset, images, small.reference,
                                            FM_GEMM_AUTO, &error),
                         FM_E_ARGUMENT);
        assert_string_equal(error.what, wrong[i].what);
    }
}

static void test_a_failing_trial_does_not_end_it(void **state) {
    (void)state;
    fm_conclusion c;
    char words[1000];
    fm_experiment *e = open_on("diverges", small.reference, FM_FACTOR_LR, "0.003,1e30");
    run(e, small.reference, NULL);
    for (int again = 0; again < 2; again++) {
        for (size_t i = 0; i < 6; i++) {
            const fm_trial *trial = fm_experiment_trial(e, i);
            assert_int_equal(trial->failed, i >= 3);
            if (trial->failed)
                assert_non_null(strstr(trial->reason,
                                       "non-finite loss or weights (NaN or Inf): epoch 1, step "));
        }
        fm_experiment_conclude(&c, e);
        assert_int_equal(c.best, 0);
        assert_int_equal(c.choice, 0);
        assert_int_equal(c.value[1].failed, 3);
        assert_int_equal(c.value[1].n, 0);
        assert_int_equal(c.value[1].verdict, FM_VERDICT_FAILED);
        fm_experiment_close(e);
        e = open_on("diverges", small.reference, FM_FACTOR_LR, "0.003,1e30");
    }
    fm_experiment_close(e);
    e = open_on("all-diverge", small.reference, FM_FACTOR_LR, "1e30,2e30");
    run(e, small.reference, NULL);
    fm_experiment_conclude(&c, e);
    assert_true(c.best == FM_NO_VALUE && c.choice == FM_NO_VALUE);
    fm_conclusion_text(words, sizeof words, &c, fm_experiment_plan(e));
    assert_non_null(strstr(words, "Every value of lr failed: nothing is chosen"));
    fm_experiment_close(e);
}

/* Lack of memory fails one trial; a lost device fails the experiment. */
static void test_memory_and_lost_devices(void **state) {
    (void)state;
    fm_error error = {0};
    fm_device *device;
    const fm_settings setup = small_settings(8, 3);
    fm_trial trial = {.seed = 1};
    CHECK_OK(fm_device_open(&device, small.list, small.opencl->number, FM_GEMM_AUTO, &error),
             &error);
    opencl_fail("clCreateBuffer", 3, CL_MEM_OBJECT_ALLOCATION_FAILURE);
    CHECK_OK(run_trial(&trial, &setup, device, &error), &error);
    assert_true(trial.failed);
    assert_int_equal(trial.cause, FM_E_OPENCL);
    assert_non_null(strstr(trial.reason, "CL_MEM_OBJECT_ALLOCATION_FAILURE"));
    fm_trial_clear(&trial);
    assert_false(trial.failed);

    opencl_fail("calloc", 3, 1);
    CHECK_OK(run_trial(&trial, &setup, device, &error), &error);
    assert_true(trial.failed);
    assert_int_equal(trial.cause, FM_E_MEMORY);
    fm_trial_clear(&trial);

    opencl_lose("clEnqueueNDRangeKernel", 7, CL_OUT_OF_RESOURCES);
    assert_int_equal(run_trial(&trial, &setup, device, &error), FM_E_OPENCL);
    assert_false(trial.failed);
    fm_trial_clear(&trial);
    opencl_fail("", 0, 0);
    CHECK_OK(run_trial(&trial, &setup, device, &error), &error);
    assert_false(trial.failed);
    fm_trial_clear(&trial);
    fm_device_close(device);
}

static void test_the_final_run_is_tested(void **state) {
    (void)state;
    fm_error error = {0};
    fm_pool *pool;
    const fm_images test = fm_dataset_test(small.dataset);
    fm_experiment *e = open_on("final", small.reference, FM_FACTOR_FINAL, NULL);
    CHECK_OK(fm_pool_create(&pool, small.list, small.reference->number, FM_GEMM_AUTO, &error),
             &error);
    CHECK_OK(fm_experiment_run(e, pool, &test, NULL, &error), &error);
    fm_pool_free(pool);
    for (int again = 0; again < 2; again++) {
        for (size_t i = 0; i < 3; i++) {
            const fm_trial *trial = fm_experiment_trial(e, i);
            assert_true(trial->tested);
            assert_true(trial->test.loss > 0);
            assert_true(trial->test.accuracy >= 0 && trial->test.accuracy <= 1);
        }
        fm_experiment_close(e);
        e = open_on("final", small.reference, FM_FACTOR_FINAL, NULL);
    }
    fm_experiment_close(e);
}

/* A trial that another experiment has trained is copied, with the same results. */
static void test_adopts_finished_trials(void **state) {
    (void)state;
    fm_error error = {0};
    seen s = {0};
    fm_experiment *epochs = open_on("adopted", small.reference, FM_FACTOR_EPOCHS, "2,5");
    run(epochs, small.reference, NULL);
    fm_experiment *e = open_on("adopts", small.reference, FM_FACTOR_LR, "0.003,0.01");
    CHECK_OK(fm_experiment_adopt(e, epochs, &error), &error);
    assert_int_equal(fm_experiment_left(e), 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(fm_experiment_trial(e, i)->epochs, 3);
        assert_null(fm_experiment_trial(e, 3 + i));
    }
    run(e, small.reference, &s);
    assert_int_equal(s.trials, 3);
    fm_experiment *alone = open_on("adopts-not", small.reference, FM_FACTOR_LR, "0.003,0.01");
    run(alone, small.reference, NULL);
    assert_same(e, alone);
    fm_experiment_close(e);
    /* It is in the journal. */
    e = open_on("adopts", small.reference, FM_FACTOR_LR, "0.003,0.01");
    assert_int_equal(fm_experiment_left(e), 0);
    assert_same(e, alone);
    fm_experiment_close(e);
    fm_experiment_close(alone);
    fm_experiment_close(epochs);
    /* A trial with too few epochs is not copied. */
    epochs = open_on("too-short", small.reference, FM_FACTOR_EPOCHS, "2");
    run(epochs, small.reference, NULL);
    e = open_on("adopts-none", small.reference, FM_FACTOR_LR, "0.003,0.01");
    CHECK_OK(fm_experiment_adopt(e, epochs, &error), &error);
    assert_int_equal(fm_experiment_left(e), 6);
    fm_experiment_close(e);
    fm_experiment_close(epochs);
}

/* Finished trials are kept; the others run on the other device, from the beginning. */
static void test_resumes_on_another_device(void **state) {
    (void)state;
    fm_error error = {0};
    const fm_trial *first;
    seen s = {.stop_in_middle = 2};
    size_t begun = 0;
    fm_experiment *e = open_on("moved", small.reference, FM_FACTOR_BATCH_SIZE, "8,16,32");
    assert_int_equal(run_on(e, small.reference, &s, &error), FM_E_INTERRUPTED);
    const size_t left = fm_experiment_left(e);
    for (size_t i = 0; i < 9; i++) {
        char path[4096];
        struct stat info;
        CHECK_OK(fm_experiment_checkpoint(path, e, i, &error), &error);
        begun += !stat(path, &info);
    }
    assert_true(begun > 0);
    assert_int_equal(fm_experiment_on_other_device(&first, e), 0);
    assert_null(first);
    fm_experiment_close(e);

    fm_experiment *all = open_on("not-moved", small.opencl, FM_FACTOR_BATCH_SIZE, "8,16,32");
    run(all, small.opencl, NULL);
    e = open_on("moved", small.opencl, FM_FACTOR_BATCH_SIZE, "8,16,32");
    assert_int_equal(fm_experiment_left(e), left);
    assert_int_equal(fm_experiment_on_other_device(&first, e), 9 - left);
    assert_string_equal(first->device, small.reference->name);
    run(e, small.opencl, NULL);
    fm_experiment_close(e);
    /* The journal contains the device of each trial. */
    e = open_on("moved", small.reference, FM_FACTOR_BATCH_SIZE, "8,16,32");
    assert_int_equal(fm_experiment_left(e), 0);
    assert_int_equal(fm_experiment_on_other_device(&first, e), left);
    assert_string_equal(first->device, small.opencl->name);
    assert_string_equal(first->driver, small.opencl->driver);
    for (size_t i = 0; i < 9; i++) {
        const fm_trial *a = fm_experiment_trial(e, i), *b = fm_experiment_trial(all, i);
        if (!strcmp(a->device, small.opencl->name))
            for (size_t epoch = 0; epoch < 3; epoch++)
                assert_true(a->curve[epoch].train.loss == b->curve[epoch].train.loss);
    }
    fm_experiment_close(e);
    fm_experiment_close(all);
}

static void test_other_images_are_refused(void **state) {
    (void)state;
    fm_error error = {0};
    fm_experiment *e = open_on("images", small.reference, FM_FACTOR_LOSS, NULL);
    const fm_plan plan = *fm_experiment_plan(e);
    fm_experiment_close(e);
    assert_int_equal(fm_experiment_open(&e, temporary_path(small.folder, "images"), &plan,
                                        small.dataset, 100, small.reference, FM_GEMM_AUTO, &error),
                     FM_E_ARGUMENT);
    assert_null(e);
    assert_non_null(strstr(error.why, "images is 250 there, 100 here"));
    assert_int_equal(fm_experiment_open(&e, "", &plan, small.dataset, 250, small.reference,
                                        FM_GEMM_AUTO, &error),
                     FM_E_ARGUMENT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_runs_everything_once),
        cmocka_unit_test(test_same_bits_as_alone),
        cmocka_unit_test(test_epochs_share_one_curve),
        cmocka_unit_test(test_resumes_where_it_stopped),
        cmocka_unit_test(test_most_seeds_and_margin),
        cmocka_unit_test(test_a_failing_trial_does_not_end_it),
        cmocka_unit_test(test_memory_and_lost_devices),
        cmocka_unit_test(test_the_final_run_is_tested),
        cmocka_unit_test(test_adopts_finished_trials),
        cmocka_unit_test(test_resumes_on_another_device),
        cmocka_unit_test(test_other_images_are_refused),
    };
    return cmocka_run_group_tests(tests, small_experiments_setup, small_experiments_teardown);
}
