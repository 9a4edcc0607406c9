/* fmnist-cl train --profile. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/small_runs.h"
#include "support/temporary.h"

/* A row's calls, the first number after the kernel's name; -1 without the row. */
static long calls_of(const char *text, const char *kernel) {
    const char *row = strstr(text, kernel);
    return row ? strtol(row + strlen(kernel), NULL, 10) : -1;
}

/* The number that a column shows, or -1 for the dash of what nobody counted. */
static double column(const char **at) {
    char *end;
    *at += strspn(*at, " %");
    double value = **at == '-' ? -1 : strtod(*at, &end);
    *at = value < 0 ? *at + 1 : end;
    return value;
}

/* The columns agree with each other and with what stands below them, up to their rounding. */
static void assert_adds_up(const char *table, double busy, double peak) {
    double seconds_sum = 0, share_sum = 0;
    size_t rows = 0;
    for (const char *row = strchr(table, '\n') + 1; strncmp(row, "device busy", 11) != 0; rows++) {
        const char *at = row + strcspn(row, " ");
        double calls = column(&at), seconds = column(&at), each = column(&at), share = column(&at);
        double gflops = column(&at), of_peak = column(&at), bytes = column(&at);
        assert_true(calls > 0 && seconds >= 0 && each > 0 && (bytes >= 0 || bytes == -1));
        assert_true(fabs(each * calls * 1e-6 - seconds) <= 0.0006 + 1e-7 * calls);
        assert_true((gflops < 0) == (of_peak < 0));
        if (gflops >= 0)
            assert_true(fabs(100 * gflops / peak - of_peak) <= 0.06 + 6 / peak);
        seconds_sum += seconds;
        share_sum += share;
        row = strchr(row, '\n') + 1;
    }
    assert_true(rows > 0);
    assert_true(fabs(seconds_sum - busy) <= 0.0006 * (double)(rows + 1));
    assert_true(fabs(share_sum - 100) <= 0.06 * (double)rows);
}

/* On whatever device is first each kernel was called, and the table ends with the host's share. The
 * run itself is what it is without a profile. */
static void test_a_table(void **state) {
    program p = {.folder = NULL};
    small_train(&p, *state, "--run", "profiled", "--profile", "--device", "0");
    assert_int_equal(p.status, 0);
    const char *table = strstr(p.err, "kernel ");
    assert_non_null(table);
    assert_non_null(strstr(table, "GFLOP/s"));
    assert_non_null(strstr(table, "of peak"));
    assert_null(strstr(table, "multiply_add")); /* what measures the peak is not the training's */
    long rows = calls_of(table, "\nbatch_phase");
    long updates = calls_of(table, "\nparameters_phase");
    if (rows >= 0) { /* a CPU: validation has rows, and nothing to update */
        assert_true(updates > 0);
        assert_true(rows > updates);
    } else {
        assert_true(calls_of(table, "\nlinear_forward_images") > 0);
    }
    double busy = 0, wall = 0, host = -1, peak = 0;
    const char *summary = strstr(table, "device busy: ");
    assert_non_null(summary);
    assert_int_equal(
        sscanf(summary,
               "device busy: %lf s of %lf s; CPU time of the enqueuing host thread: %lf "
               "s\npeak: %lf GFLOP/s",
               &busy, &wall, &host, &peak),
        4);
    assert_true(wall > 0 && host >= 0 && peak > 0);
    /* A driver whose times are none: rusticl's. */
    const int is_timed = !strstr(summary, "the driver reports impossible kernel times");
    assert_true(is_timed ? busy > 0 : busy < 1e-3);
    if (is_timed)
        assert_adds_up(table, busy, peak);
    program_free(&p);
}

static void test_the_reference_has_no_kernels(void **state) {
    program p = {.folder = NULL};
    small_train(&p, *state, "--run", "plain", "--profile");
    assert_int_equal(p.status, 2);
    assert_non_null(strstr(p.err, "fmnist-cl: --profile: the reference launches no kernels\n"));
    program_free(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_table),
        cmocka_unit_test(test_the_reference_has_no_kernels),
    };
    return cmocka_run_group_tests(tests, small_runs_setup, small_runs_teardown);
}
