/* A whole tuning on the first OpenCL device, with simulated step times. */
/* wrap: fm_stepper_create fm_stepper_run fm_stepper_read fm_check_layer fm_clock_seconds */
/* wrap: fm_file_read */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "check/parity.h"
#include "fmnist_cl/tune.h"
#include "io/file.h"
#include "support/check.h"
#include "support/opencl_calls.h"
#include "support/temporary.h"
#include "tune/stepper.h"

/* ---- The simulation ---- */

enum { MOST_STEPPERS = 64 };

static struct {
    fm_stepper *known[MOST_STEPPERS];
    size_t count;
    double each;   /* seconds per step of the first candidate */
    double faster; /* the step time of each candidate relative to the one before */
    size_t reads;  /* of weights so far */
    size_t flips;  /* this read, counted from 1, gives other bits */
    size_t layers; /* checked so far */
    size_t wrong;  /* from this layer on, counted from 1, `wrong_count` layers are wrong */
    size_t wrong_count;
    double passed; /* seconds by which the clock is ahead */
    size_t files;  /* reads of the tuning's file so far */
    size_t unread; /* this read, counted from 1, fails */
    int unread_status;
} told;

WRAP(int, fm_stepper_create, fm_stepper **out, fm_backend *backend,
     const fm_architecture *architecture, size_t batch_size, const fm_images *images,
     fm_error *error) {
    int status = __real_fm_stepper_create(out, backend, architecture, batch_size, images, error);
    assert_true(told.count < MOST_STEPPERS);
    told.known[told.count++] = *out;
    return status;
}

WRAP(int, fm_stepper_run, double *seconds, fm_stepper *stepper, size_t steps, fm_error *error) {
    size_t place = told.count - 1; /* the last one, because memory is reused */
    while (told.known[place] != stepper)
        place--;
    int status = __real_fm_stepper_run(seconds, stepper, steps < 4 ? steps : 4, error);
    *seconds = told.each * (double)steps;
    for (; place > 0; place--)
        *seconds *= told.faster;
    return status;
}

WRAP(int, fm_stepper_read, fm_weights *out, fm_stepper *stepper, fm_error *error) {
    int status = __real_fm_stepper_read(out, stepper, error);
    if (++told.reads == told.flips)
        ((unsigned char *)fm_weights_values(out))[9] ^= 1;
    return status;
}

WRAP(int, fm_check_layer, fm_backend *backend, fm_backend *reference, size_t rows, size_t inputs,
     size_t outputs, enum fm_activation activation, fm_error *error) {
    told.layers++;
    if (told.wrong && told.layers >= told.wrong && told.layers < told.wrong + told.wrong_count)
        return fm_error_set(error, FM_E_WRONG, "the device", "computes wrongly");
    return __real_fm_check_layer(backend, reference, rows, inputs, outputs, activation, error);
}

WRAP(double, fm_clock_seconds, void) {
    return __real_fm_clock_seconds() + told.passed;
}

WRAP(int, fm_file_read, unsigned char **out, size_t *size, const char *path, size_t limit,
     fm_error *error) {
    if (++told.files == told.unread)
        return fm_error_set(error, told.unread_status, path, "cannot be read");
    return __real_fm_file_read(out, size, path, limit, error);
}

/* ---- A tuning ---- */

enum { LAYERS = 2, MOST_TRIALS = 16 };

typedef struct watched {
    int no_time;                /* for the search */
    size_t stop_after;          /* the user stops after so many candidates */
    size_t hurry_after;         /* the time is over after so many candidates */
    int level_then;             /* after that, all candidates are as fast as the first */
    enum fm_tune_stage stop_in; /* the user stops in this stage; not in the first one */
    size_t count;
    struct {
        int won;
        double ratio;
        char why[200];
    } trial[MOST_TRIALS];
} watched;

static int on_progress(void *user, const fm_tune_progress *progress) {
    const watched *w = user;
    return (w->stop_after && progress->tried >= w->stop_after) ||
           (w->stop_in && progress->stage == w->stop_in);
}

static void on_tried(void *user, const fm_tune_trial *trial, const fm_tune_progress *progress) {
    watched *w = user;
    if (w->count < MOST_TRIALS) {
        w->trial[w->count].won = trial->won;
        w->trial[w->count].ratio = trial->ratio;
        snprintf(w->trial[w->count].why, sizeof w->trial->why, "%.199s",
                 trial->error ? trial->error->why : "");
        w->count++;
    }
    if (w->hurry_after && progress->tried >= w->hurry_after) {
        told.passed = 1e9;
        told.faster = w->level_then ? 1 : told.faster;
    }
}

static fm_device_list *list;

static int tune(fm_tune_result *out, watched *w, const char *cache, fm_error *error) {
    const fm_tune_options options = {.architecture = {.inputs = 784,
                                                      .outputs = 10,
                                                      .hidden_count = 1,
                                                      .hidden = {20},
                                                      .activation = FM_RELU},
                                     .batch_size = 40,
                                     .seconds = w->no_time ? 0 : 1e6,
                                     .cache = cache};
    const fm_tune_observer observer = {w, on_progress, on_tried};
    return fm_tune(out, list, 0, &options, &observer, error);
}

static void tell(double faster) {
    memset(&told, 0, sizeof told);
    told.each = 0.01;
    told.faster = faster;
}

static fm_tuned kept_in(const char *cache) {
    static fm_tuning tuning;
    fm_error error = {0};
    CHECK_OK(fm_tuning_read(&tuning, cache, fm_device_list_get(list, 0), &error), &error);
    assert_int_equal(tuning.count, 1);
    return tuning.entry[0];
}

/* An entry of another network, which must not change. */
static const fm_tuned other = {.network = "784-9-10",
                               .weights = 784 * 9 + 9 + 9 * 10 + 10,
                               .batch_size = 40,
                               .choices = {3, 2, 6, 16, 2, 32, 4, 16},
                               .built_in_seconds = 2,
                               .seconds = 1};

static void keep_in(const char *cache, const fm_tuned *entry) {
    static fm_tuning tuning;
    fm_error error = {0};
    tuning.count = 0;
    fm_tuning_put(&tuning, entry);
    CHECK_OK(fm_tuning_write(&tuning, cache, fm_device_list_get(list, 0), &error), &error);
}

static int same_choices(const fm_choices *a, const fm_choices *b) {
    return !memcmp(a, b, sizeof *a);
}

/* ---- */

/* Each candidate is 20 % faster than the one before. */
static void test_keeps_the_fastest(void **state) {
    fm_tune_result result;
    watched w = {.hurry_after = 3};
    fm_error error = {0};
    tell(0.8);
    CHECK_OK(tune(&result, &w, *state, &error), &error);
    assert_int_equal(w.count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_true(w.trial[i].won);
        assert_true(w.trial[i].ratio > 0.799 && w.trial[i].ratio < 0.801);
    }
    assert_int_equal(result.tried, 3);
    assert_int_equal(result.refused, 0);
    assert_false(result.complete);
    assert_true(result.kept);
    assert_false(same_choices(&result.best.choices, &result.built_in));
    assert_true(result.best.built_in_seconds == 0.01);
    assert_true(result.best.seconds > 0.0051 && result.best.seconds < 0.0052);
    /* CLBlast is the last candidate, and so simulated as the fastest. */
    if (fm_gemm_has_clblast())
        assert_true(result.best.clblast_seconds > 0.0040 && result.best.clblast_seconds < 0.0041);
    const fm_tuned kept = kept_in(*state);
    assert_true(same_choices(&kept.choices, &result.best.choices));
    assert_true(kept.seconds == result.best.seconds);
    assert_true(kept.clblast_seconds == result.best.clblast_seconds);
    assert_string_equal(kept.network, "784-20-10");
    assert_int_equal(kept.batch_size, 40);
}

static void test_keeps_the_defaults_if_nothing_is_faster(void **state) {
    fm_tune_result result;
    watched w = {.hurry_after = 2};
    fm_error error = {0};
    tell(1.25);
    CHECK_OK(tune(&result, &w, *state, &error), &error);
    assert_int_equal(w.count, 2);
    assert_false(w.trial[0].won || w.trial[1].won);
    assert_true(same_choices(&result.best.choices, &result.built_in));
    assert_true(result.best.seconds == result.best.built_in_seconds);
    const fm_tuned kept = kept_in(*state);
    assert_true(same_choices(&kept.choices, &result.built_in));
    assert_int_equal(fm_tuned_products(&kept), FM_GEMM_NATIVE);
}

static void test_stopped(void **state) {
    fm_tune_result result;
    watched w = {.stop_after = 1};
    fm_error error = {0};
    tell(0.8);
    assert_int_equal(tune(&result, &w, *state, &error), FM_E_INTERRUPTED);
    assert_int_equal(result.tried, 1);
    assert_true(result.kept);
    const fm_tuned kept = kept_in(*state);
    assert_false(same_choices(&kept.choices, &result.built_in));
    assert_true(kept.seconds > 0.0079 && kept.seconds < 0.0081);
    assert_true(kept.clblast_seconds == 0);
}

static void test_stopped_before_anything_was_found(void **state) {
    static fm_tuning tuning;
    fm_tune_result result;
    watched w = {.stop_after = 1};
    fm_error error = {0};
    tell(1.25);
    assert_int_equal(tune(&result, &w, *state, &error), FM_E_INTERRUPTED);
    assert_false(result.kept);
    CHECK_OK(fm_tuning_read(&tuning, *state, fm_device_list_get(list, 0), &error), &error);
    assert_int_equal(tuning.count, 0);
}

/* In the end the best is not faster than the default tuning parameters; then the user stops. */
static void test_stopped_after_the_best_was_dropped(void **state) {
    fm_tune_result result;
    watched w = {.hurry_after = 1, .level_then = 1, .stop_in = FM_TUNE_CLBLAST};
    fm_error error = {0};
    tell(0.8);
    assert_int_equal(tune(&result, &w, *state, &error), FM_E_INTERRUPTED);
    assert_true(w.trial[0].won);
    assert_true(result.kept);
    assert_true(same_choices(&result.best.choices, &result.built_in));
    const fm_tuned kept = kept_in(*state);
    assert_true(same_choices(&kept.choices, &result.built_in));
    assert_true(kept.seconds == kept.built_in_seconds);
}

/* ---- After an earlier tuning ---- */

/* An entry of the same network: twice as fast as the defaults, and CLBlast even faster. */
static fm_tuned keep_earlier(const char *cache) {
    const fm_tuned entry = {.network = "784-20-10",
                            .weights = 784 * 20 + 20 + 20 * 10 + 10,
                            .batch_size = 40,
                            .choices = {3, 2, 6, 32, 1, 32, 2, 32},
                            .built_in_seconds = 2,
                            .seconds = 1,
                            .clblast_seconds = 0.5};
    keep_in(cache, &entry);
    return entry;
}

static size_t differing(const fm_choices *a, const fm_choices *b) {
    size_t count = 0;
    for (size_t i = 0; i < FM_CHOICES; i++)
        count += fm_choice_value(a, i) != fm_choice_value(b, i);
    return count;
}

/* It is the first candidate, the next one comes after it, and CLBlast takes 0.25 of the defaults'
 * time. */
static void test_starts_from_an_earlier_entry(void **state) {
    for (size_t tried = 1; tried <= 2; tried++) {
        fm_tune_result result;
        watched w = {.stop_after = tried};
        fm_error error = {0};
        const fm_tuned earlier = keep_earlier(*state);
        tell(0.8);
        assert_int_equal(tune(&result, &w, *state, &error), FM_E_INTERRUPTED);
        const fm_tuned kept = kept_in(*state);
        assert_int_equal(differing(&kept.choices, &earlier.choices), tried - 1);
        assert_true(kept.built_in_seconds == 0.01);
        assert_true(kept.seconds > 0.0063 && kept.seconds < (tried == 1 ? 0.0081 : 0.0065));
        assert_true(kept.clblast_seconds > 0.00249 && kept.clblast_seconds < 0.00251);
    }
}

static void test_an_earlier_entry_needs_no_time(void **state) {
    fm_tune_result result;
    watched w = {.no_time = 1};
    fm_error error = {0};
    const fm_tuned earlier = keep_earlier(*state);
    tell(0.8);
    told.wrong = 2 * LAYERS + 1; /* CLBlast, so there is no time of it */
    told.wrong_count = 1;
    CHECK_OK(tune(&result, &w, *state, &error), &error);
    assert_int_equal(result.tried, 1);
    const fm_tuned kept = kept_in(*state);
    assert_true(same_choices(&kept.choices, &earlier.choices));
    assert_true(kept.clblast_seconds == 0);
}

/* Now it is slower than the default tuning parameters: it stays until a faster one is found. */
static void test_an_earlier_entry_is_no_longer_faster(void **state) {
    fm_tune_result result;
    watched w = {.stop_after = 2};
    fm_error error = {0};
    const fm_tuned earlier = keep_earlier(*state);
    tell(1.25);
    assert_int_equal(tune(&result, &w, *state, &error), FM_E_INTERRUPTED);
    assert_false(result.kept);
    assert_true(kept_in(*state).seconds == earlier.seconds);
    w = (watched){.hurry_after = 2};
    tell(1.25);
    CHECK_OK(tune(&result, &w, *state, &error), &error);
    assert_true(same_choices(&result.best.choices, &result.built_in));
    const fm_tuned kept = kept_in(*state);
    assert_true(same_choices(&kept.choices, &result.built_in));
}

/* A file that cannot be read is not written: its other entries would be lost. */
static void test_a_file_that_cannot_be_read(void **state) {
    const struct {
        size_t unread;
        int status;
    } cases[] = {{1, FM_E_MEMORY}, {1, FM_E_FILE}, {2, FM_E_MEMORY}, {3, FM_E_FILE}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fm_tune_result result;
        watched w = {.hurry_after = 1};
        fm_error error = {0};
        tell(0.8);
        keep_in(*state, &other);
        told.unread = cases[i].unread;
        told.unread_status = cases[i].status;
        assert_int_equal(tune(&result, &w, *state, &error), cases[i].status);
        assert_string_equal(error.why, "cannot be read");
        assert_int_equal(told.count > 0, cases[i].unread > 1);
        assert_false(result.kept);
        assert_string_equal(kept_in(*state).network, other.network);
    }
}

/* ---- Failures ---- */

/* The first candidate's layers are wrong, the second gives other bits. */
static void test_rejects_wrong_candidates(void **state) {
    fm_tune_result result;
    watched w = {.hurry_after = 3};
    fm_error error = {0};
    tell(0.8);
    told.wrong = LAYERS + 1;
    told.wrong_count = 1;
    told.flips = 2;
    CHECK_OK(tune(&result, &w, *state, &error), &error);
    assert_int_equal(result.tried, 3);
    assert_int_equal(result.refused, 2);
    assert_string_equal(w.trial[0].why, "computes wrongly");
    assert_non_null(strstr(w.trial[1].why, "gives other bits"));
    assert_false(w.trial[0].won || w.trial[1].won);
    assert_true(w.trial[2].won);
}

static void test_a_wrong_device(void **state) {
    fm_tune_result result;
    watched w = {.stop_after = 0};
    fm_error error = {0};
    tell(0.8);
    told.wrong = 1;
    told.wrong_count = 1;
    assert_int_equal(tune(&result, &w, *state, &error), FM_E_WRONG);
    assert_false(result.kept);
    assert_int_equal(result.tried, 0);
}

/* A failure while a candidate is built rejects it; a failure while it is timed ends the tuning.
 * Nothing leaks. */
static void test_calls_that_fail(void **state) {
    const struct {
        const char *call;
        int before;
        int refuses;
    } cases[] = {
        {"clCreateContext", 0, 0}, {"clBuildProgram", 0, 0},       {"clCreateKernel", 0, 0},
        {"clBuildProgram", 1, 1},  {"clCreateBuffer", 1000000, 0}, /* never */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        static fm_tuning tuning;
        fm_tune_result result;
        watched w = {.hurry_after = 1};
        fm_error error = {0};
        tell(1.25);
        opencl_fail(cases[i].call, cases[i].before, CL_OUT_OF_RESOURCES);
        int status = tune(&result, &w, *state, &error);
        if (cases[i].refuses || !opencl_failed()) {
            CHECK_OK(status, &error);
            assert_int_equal(result.refused, cases[i].refuses);
        } else {
            opencl_assert_failed(status, &error, cases[i].call, "CL_OUT_OF_RESOURCES (-5)");
        }
        opencl_fail(NULL, 0, CL_SUCCESS);
        assert_int_equal(opencl_live, 0);
        CHECK_OK(fm_tuning_read(&tuning, *state, fm_device_list_get(list, 0), &error), &error);
    }
}

/* The device is lost during A/B timing. */
static void test_a_lost_device(void **state) {
    fm_tune_result result;
    watched w = {.hurry_after = 0};
    fm_error error = {0};
    tell(0.8);
    opencl_lose("clFinish", 400, CL_DEVICE_NOT_AVAILABLE);
    assert_int_equal(tune(&result, &w, *state, &error), FM_E_OPENCL);
    assert_true(opencl_failed());
    opencl_fail(NULL, 0, CL_SUCCESS);
    assert_int_equal(opencl_live, 0);
    if (result.kept) {
        const fm_tuned kept = kept_in(*state);
        assert_false(same_choices(&kept.choices, &result.built_in));
    }
}

static void test_arguments(void **state) {
    fm_tune_result result;
    fm_tune_options options = {
        .architecture = {.inputs = 784, .outputs = 10, .activation = FM_RELU},
        .batch_size = 8,
        .cache = *state};
    fm_error error = {0};
    tell(1);
    const int reference = (int)fm_device_list_count(list) - 1;
    assert_int_equal(fm_tune(&result, list, reference, &options, NULL, &error), FM_E_ARGUMENT);
    assert_int_equal(fm_tune(&result, list, -1, &options, NULL, &error), FM_E_DEVICE);
    assert_int_equal(fm_tune(&result, list, 99, &options, NULL, &error), FM_E_DEVICE);
    /* An invalid cache folder is reported before any measurement. */
    options.cache = temporary_path(*state, "file");
    temporary_write(options.cache, "x", 1);
    assert_int_equal(fm_tune(&result, list, 0, &options, NULL, &error), FM_E_FILE);
    assert_int_equal(told.count, 0);
    options.architecture.outputs = 0;
    assert_int_equal(fm_tune(&result, list, 0, &options, NULL, &error), FM_E_ARGUMENT);
}

static int open_list(void **state) {
    (void)state;
    (void)opencl_first_device();
    return fm_device_list_create(&list, NULL);
}

static int close_list(void **state) {
    (void)state;
    fm_device_list_free(list);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, temporary_setup, temporary_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_keeps_the_fastest),
        TEST(test_keeps_the_defaults_if_nothing_is_faster),
        TEST(test_stopped),
        TEST(test_stopped_before_anything_was_found),
        TEST(test_stopped_after_the_best_was_dropped),
        TEST(test_starts_from_an_earlier_entry),
        TEST(test_an_earlier_entry_needs_no_time),
        TEST(test_an_earlier_entry_is_no_longer_faster),
        TEST(test_a_file_that_cannot_be_read),
        TEST(test_rejects_wrong_candidates),
        TEST(test_a_wrong_device),
        TEST(test_calls_that_fail),
        TEST(test_a_lost_device),
        TEST(test_arguments),
    };
    return cmocka_run_group_tests(tests, open_list, close_list);
}
