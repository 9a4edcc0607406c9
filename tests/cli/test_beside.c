/* A training that does not have the machine to itself: another one on the same device, other work
 * on every processor, the clock set back again and again. It ends with the bits of one that was
 * alone, and with times that make sense. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/faulty_program.h"
#include "support/small_runs.h"
#include "support/temporary.h"

#define TRAIN                                                                                      \
    "train", "--data", "data", "--hidden", "16", "--epochs", "8", "--batch-size", "16", "-q"

static const char *device; /* "cpu" where there is an OpenCL device */

static void start(program *p, const char *folder, const char *run) {
    p->folder = folder;
    program_start(p, (const char *[]){TRAIN, "--device", device, "--run", run, NULL});
}

static void finish(program *p) {
    program_wait(p);
    if (p->status)
        fail_msg("status %d: %s", p->status, p->err);
    program_free(p);
}

/* One for each processor and one more, which compute until they are killed. */
enum { MOST_BUSY = 64 };

static size_t keep_busy(pid_t *busy) {
    long wanted = sysconf(_SC_NPROCESSORS_ONLN) + 1;
    size_t count = 0;
    while (count < MOST_BUSY && (long)count < wanted) {
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0)
            for (volatile unsigned n = 0;; n++)
                continue;
        busy[count++] = child;
    }
    return count;
}

static void test_two_at_once_under_load(void **state) {
    enum { AT_ONCE = 2 };
    program alone = {.folder = NULL}, p[AT_ONCE] = {{.folder = NULL}};
    static const char *const runs[AT_ONCE] = {"beside-1", "beside-2"};
    pid_t busy[MOST_BUSY];
    start(&alone, *state, "alone");
    finish(&alone);
    size_t count = keep_busy(busy);
    for (size_t i = 0; i < AT_ONCE; i++)
        start(&p[i], *state, runs[i]);
    for (size_t i = 0; i < AT_ONCE; i++)
        program_wait(&p[i]);
    for (size_t i = 0; i < count; i++) {
        kill(busy[i], SIGKILL);
        waitpid(busy[i], NULL, 0);
    }
    for (size_t i = 0; i < AT_ONCE; i++) {
        if (p[i].status)
            fail_msg("%s: status %d: %s", runs[i], p[i].status, p[i].err);
        program_free(&p[i]);
        same_runs(*state, "alone", runs[i]);
    }
}

#ifdef FM_FAULTS_LIBRARY

/* Each row's seconds and images a second, its last two columns. */
static void check_times(const char *path) {
    size_t size;
    char *text = (char *)temporary_read(path, &size);
    int rows = 0;
    for (char *line = strchr(text, '\n'); line && line[1]; line = strchr(line + 1, '\n')) {
        char *end = strchr(line + 1, '\n'), *speed, *seconds;
        assert_non_null(end);
        for (speed = end; *speed != ','; speed--)
            continue;
        for (seconds = speed - 1; *seconds != ','; seconds--)
            continue;
        const double took = atof(seconds + 1), per_second = atof(speed + 1);
        if (!(took > 0 && took < 600 && per_second > 0))
            fail_msg("an epoch took %g s, at %g images a second", took, per_second);
        rows++;
    }
    assert_int_equal(rows, 8);
    free(text);
}

static void test_the_clock_is_set_back(void **state) {
    faulty_program r;
    program p = {.folder = NULL};
    start(&p, *state, "on-time");
    finish(&p);
    faulty_run(&r, *state, "clock:3600",
               (const char *[]){TRAIN, "--device", device, "--run", "set-back", "--tensorboard",
                                "curves", NULL});
    if (r.p.status)
        fail_msg("status %d: %s", r.p.status, r.p.err);
    assert_true(faulty_count(&r, "clock") > 8); /* TensorBoard's points bear the date */
    faulty_free(&r);
    same_runs(*state, "on-time", "set-back");
    check_times(temporary_path(*state, "set-back/history.csv"));
    json_t *metrics = load_json(temporary_path(*state, "set-back/metrics.json"));
    const double whole = json_real_value(json_object_get(metrics, "seconds"));
    const double train = json_real_value(json_object_get(metrics, "train_seconds"));
    assert_true(train > 0 && whole >= train && whole < 600);
    json_decref(metrics);
}

#endif

static int setup(void **state) {
    program p = {.folder = NULL};
    small_runs_setup(state);
    device = "cpu";
    start(&p, *state, "first"); /* the kernels are compiled */
    program_wait(&p);
    if (p.status)
        device = "reference";
    program_free(&p);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_at_once_under_load),
#ifdef FM_FAULTS_LIBRARY
        cmocka_unit_test(test_the_clock_is_set_back),
#endif
    };
    return cmocka_run_group_tests(tests, setup, small_runs_teardown);
}
