/* A trial that was stopped resumes from its checkpoint. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "study/trial.h"
#include "support/check.h"
#include "support/small_experiments.h"
#include "support/temporary.h"

enum { IMAGES = 60, PIXELS = 12, EPOCHS = 3 };
static uint8_t pixels[IMAGES * PIXELS], labels[IMAGES];
static const fm_images images = {IMAGES, PIXELS, pixels, labels};
static char *folder;
static fm_device *device;

typedef struct seen {
    size_t calls, stop_after; /* 0: never */
} seen;

static int see(void *user, const fm_progress *progress) {
    seen *s = user;
    (void)progress;
    s->calls++;
    return s->stop_after && s->calls >= s->stop_after;
}

static const char *file(void) {
    return temporary_path(folder, "trial.safetensors");
}

static int run(fm_trial *out, seen *s, const char *note, double checkpoint_seconds) {
    fm_error error = {0};
    fm_settings setup = small_settings(8, EPOCHS);
    setup.architecture.inputs = PIXELS;
    setup.options.batch_size = 16;
    const fm_trial_observer observer = {s, see, file(), note, checkpoint_seconds};
    *out = (fm_trial){.seed = 5};
    int status = fm_trial_run(out, &setup, device, 1, &images, NULL, &observer, &error);
    if (status != FM_E_INTERRUPTED)
        CHECK_OK(status, &error);
    return status;
}

static void same_curves(const fm_trial *a, const fm_trial *b) {
    assert_int_equal(a->epochs, EPOCHS);
    assert_int_equal(b->epochs, EPOCHS);
    for (size_t i = 0; i < EPOCHS; i++) {
        assert_int_equal(a->curve[i].number, b->curve[i].number);
        assert_int_equal(a->curve[i].steps, b->curve[i].steps);
        assert_memory_equal(&a->curve[i].train, &b->curve[i].train, sizeof a->curve->train);
        assert_memory_equal(&a->curve[i].val, &b->curve[i].val, sizeof a->curve->val);
    }
}

static int exists(const char *path) {
    struct stat info;
    return !stat(path, &info);
}

/* Wherever it is stopped, it resumes without repeating a step. */
static void test_resumes_in_the_middle(void **state) {
    (void)state;
    fm_trial whole, first, rest;
    seen all = {0};
    run(&whole, &all, "alone", 60);
    for (size_t stop = 1; stop <= all.calls; stop++) {
        seen a = {.stop_after = stop}, b = {0};
        remove(file());
        assert_int_equal(run(&first, &a, "this one", 60), FM_E_INTERRUPTED);
        assert_true(exists(file()));
        assert_int_equal(run(&rest, &b, "this one", 60), FM_OK);
        same_curves(&whole, &rest);
        assert_in_range(b.calls, all.calls - stop, all.calls - stop + 1);
        fm_trial_clear(&first);
        fm_trial_clear(&rest);
    }
    fm_trial_clear(&whole);
}

/* A killed trial resumes from its last checkpoint. */
static void test_checkpoints_at_intervals(void **state) {
    (void)state;
    fm_trial whole, again;
    seen all = {0}, rest = {0};
    remove(file());
    run(&whole, &all, "this one", 3600);
    assert_false(exists(file()));
    fm_trial_clear(&whole);
    run(&whole, &all, "this one", 1e-12);
    assert_true(exists(file()));
    run(&again, &rest, "this one", 3600);
    same_curves(&whole, &again);
    assert_int_equal(rest.calls, 0);
    fm_trial_clear(&whole);
    fm_trial_clear(&again);
}

static void test_ignores_other_and_damaged_checkpoints(void **state) {
    (void)state;
    fm_trial whole, first, again;
    seen all = {0}, stop = {.stop_after = 5}, rest = {0};
    run(&whole, &all, "alone", 60);
    remove(file());
    assert_int_equal(run(&first, &stop, "this one", 60), FM_E_INTERRUPTED);
    assert_int_equal(run(&again, &rest, "another", 60), FM_OK);
    same_curves(&whole, &again);
    assert_int_equal(rest.calls, all.calls);
    fm_trial_clear(&again);
    temporary_write(file(), "x", 1);
    rest.calls = 0;
    assert_int_equal(run(&again, &rest, "this one", 60), FM_OK);
    same_curves(&whole, &again);
    assert_int_equal(rest.calls, all.calls);
    fm_trial_clear(&again);
    fm_trial_clear(&first);
    fm_trial_clear(&whole);
}

static int open_all(void **state) {
    (void)state;
    fm_error error = {0};
    fm_device_list *list = NULL;
    const fm_device_info *info;
    for (size_t i = 0; i < IMAGES; i++) {
        labels[i] = (uint8_t)(i % FM_CLASSES);
        for (size_t p = 0; p < PIXELS; p++)
            pixels[i * PIXELS + p] = (uint8_t)(i * 37 + p * 11);
    }
    folder = temporary_create();
    CHECK_OK(fm_device_list_create(&list, &error), &error);
    CHECK_OK(fm_device_list_choose(&info, list, "reference", &error), &error);
    CHECK_OK(fm_device_open(&device, list, info->number, FM_GEMM_AUTO, &error), &error);
    fm_device_list_free(list);
    return 0;
}

static int close_all(void **state) {
    (void)state;
    fm_device_close(device);
    temporary_remove(folder);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_resumes_in_the_middle),
        cmocka_unit_test(test_checkpoints_at_intervals),
        cmocka_unit_test(test_ignores_other_and_damaged_checkpoints),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
