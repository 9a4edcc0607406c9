/* Many epochs, many batches of one image, and many trials in one process: memory, descriptors,
 * threads and OpenCL objects must not grow. FM_ENDURANCE=1 runs longer. Prints the figures, with
 * the time per epoch, batch and trial. */
#include <dirent.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "fmnist_cl/experiment.h"
#include "support/check.h"
#include "support/opencl_calls.h"
#include "support/small_experiments.h"

static int is_long;

/* ---- Figures ---- */

typedef struct figures {
    size_t heap, resident, descriptors, threads;
    int objects;         /* of OpenCL */
    double milliseconds; /* each */
} figures;

static size_t entries(const char *path) {
    size_t count = 0;
    DIR *entry = opendir(path);
    assert_non_null(entry);
    while (readdir(entry))
        count++;
    closedir(entry);
    return count;
}

static size_t resident_bytes(void) {
    enum { PAGE = 4096 };
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%*s %ld", &pages), 1);
    fclose(file);
    return (size_t)pages * PAGE;
}

static figures look(double milliseconds) {
    const struct mallinfo2 heap = mallinfo2();
    return (figures){.heap = heap.uordblks + heap.hblkhd,
                     .resident = resident_bytes(),
                     .descriptors = entries("/proc/self/fd"),
                     .threads = entries("/proc/self/task"),
                     .objects = opencl_live,
                     .milliseconds = milliseconds};
}

static void print(const char *what, size_t count, const figures *f) {
    print_message("%-28s %6zu %9zu %9zu %6zu %6zu %6d %10.3f\n", what, count, f->heap / 1024,
                  f->resident / 1024, f->descriptors, f->threads, f->objects, f->milliseconds);
}

static void print_head(void) {
    print_message("%-28s %6s %9s %9s %6s %6s %6s %10s\n", "after", "", "heap kB", "RSS kB", "fds",
                  "threads", "OpenCL", "ms each");
}

/* rusticl on llvmpipe compiles in the program's process: its heap varies by megabytes and its
 * threads by one. */
static int is_restless(void) {
    return !strcmp(small.opencl->platform, "rusticl");
}

/* `kept` bytes of growth are allowed. */
static void assert_no_growth(const figures *early, const figures *late, size_t kept) {
    enum { SLACK = 1 << 10 };
    assert_int_equal(late->objects, early->objects);
    assert_int_equal(late->descriptors, early->descriptors);
    if (is_restless())
        return;
    assert_int_equal(late->threads, early->threads);
    if (late->heap > early->heap + kept + SLACK)
        fail_msg("the heap grows from %zu to %zu bytes", early->heap, late->heap);
}

/* ---- Epochs ---- */

typedef struct measurements {
    size_t early, late; /* epochs */
    figures at_early, at_late;
    double began;
} measurements;

/* Times the epochs just before the two measurements. */
static int on_epoch(void *user, const fm_epoch *epoch, fm_error *error) {
    measurements *w = user;
    const size_t span = w->early / 2;
    (void)error;
    if (epoch->number == w->early - span || epoch->number == w->late - span)
        w->began = fm_clock_seconds();
    if (epoch->number == w->early)
        w->at_early = look(1e3 * (fm_clock_seconds() - w->began) / (double)span);
    if (epoch->number == w->late)
        w->at_late = look(1e3 * (fm_clock_seconds() - w->began) / (double)span);
    return 0;
}

static fm_device *open_device(void) {
    fm_error error = {0};
    fm_device *device;
    CHECK_OK(fm_device_open(&device, small.list, small.opencl->number, FM_GEMM_AUTO, &error),
             &error);
    return device;
}

static void train(fm_device *device, const fm_train_options *options, const fm_observer *observer) {
    const fm_architecture network = small_settings(8, 1).architecture;
    const fm_images images = fm_dataset_train(small.dataset);
    fm_error error = {0};
    fm_weights *weights;
    fm_train_result result;
    CHECK_OK(fm_weights_create(&weights, &network, &error), &error);
    fm_weights_randomize(weights, 1);
    CHECK_OK(fm_train(&result, weights, device, &images, options, observer, &error), &error);
    fm_weights_free(weights);
}

static void test_epochs(void **state) {
    (void)state;
    fm_device *device = open_device();
    fm_train_options options;
    measurements w = {.early = is_long ? 100 : 10, .late = is_long ? 1000 : 60};
    const fm_observer observer = {.user = &w, .epoch = on_epoch};
    fm_train_options_init(&options);
    options.epochs = w.late;
    options.batch_size = 32;
    train(device, &options, &observer);
    fm_device_close(device);
    print("epochs", w.early, &w.at_early);
    print("", w.late, &w.at_late);
    assert_int_equal(opencl_live, 0);
    assert_no_growth(&w.at_early, &w.at_late, (w.late - w.early) * sizeof(fm_epoch));
}

/* ---- Batches of one image ---- */

static figures train_batches(fm_device *device, size_t batches) {
    fm_train_options options;
    fm_train_options_init(&options);
    options.epochs = batches;
    options.batch_size = 1;
    options.max_steps = batches;
    options.optimizer.lr = 1e-4;
    const double began = fm_clock_seconds();
    train(device, &options, NULL);
    return look(1e3 * (fm_clock_seconds() - began) / (double)batches);
}

static void test_batches(void **state) {
    (void)state;
    const size_t few = is_long ? 1000 : 200, many = is_long ? 10000 : 1000;
    fm_device *device = open_device();
    (void)train_batches(device, few);
    const figures early = train_batches(device, few), late = train_batches(device, many);
    fm_device_close(device);
    print("batches of 1", few, &early);
    print("", many, &late);
    assert_int_equal(opencl_live, 0);
    assert_no_growth(&early, &late, 0);
}

/* ---- Trials ---- */

static figures run_trials(const char *name, size_t seeds) {
    fm_error error = {0};
    fm_pool *pool;
    const fm_settings fixed = small_settings(8, 1);
    const double began = fm_clock_seconds();
    fm_experiment *experiment =
        small_experiment(name, small.opencl, FM_FACTOR_BATCH_SIZE, "16,32", seeds, &fixed);
    CHECK_OK(fm_pool_create(&pool, small.list, small.opencl->number, FM_GEMM_AUTO, &error), &error);
    CHECK_OK(fm_experiment_run(experiment, pool, NULL, NULL, &error), &error);
    assert_int_equal(fm_experiment_left(experiment), 0);
    fm_pool_free(pool);
    fm_experiment_close(experiment);
    return look(1e3 * (fm_clock_seconds() - began) / (2 * (double)seeds));
}

static void test_trials(void **state) {
    (void)state;
    const size_t few = is_long ? 10 : 2, many = is_long ? 100 : 5;
    const figures first = run_trials("first", few), early = run_trials("early", few);
    const figures late = run_trials("late", many);
    /* Each experiment opens the device, and some drivers leak then (PoCL 3.1: 32 bytes, Intel
     * 2026.2: 180 KB). This must not depend on the number of trials. */
    const size_t opening = early.heap > first.heap ? early.heap - first.heap : 0;
    print("trials", 2 * few, &early);
    print("", 2 * many, &late);
    assert_int_equal(opencl_live, 0);
    assert_no_growth(&early, &late, opening);
}

/* ---- */

static int setup(void **state) {
    is_long = getenv("FM_ENDURANCE") != NULL;
    print_head();
    return small_experiments_setup(state);
}

/* Turns off the C library's cache of freed memory per thread, which counts as memory in use. */
static void keep_no_freed_memory(char **argv) {
    static const char name[] = "GLIBC_TUNABLES", value[] = "glibc.malloc.tcache_count=0";
    const char *is = getenv(name);
    if ((is && !strcmp(is, value)) || setenv(name, value, 1))
        return;
    execv("/proc/self/exe", argv);
}

int main(int argc, char **argv) {
    (void)argc;
    keep_no_freed_memory(argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_epochs),
        cmocka_unit_test(test_batches),
        cmocka_unit_test(test_trials),
    };
    return cmocka_run_group_tests(tests, setup, small_experiments_teardown);
}
