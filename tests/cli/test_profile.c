/* fmnist-cl train --profile. */
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
    long rows = calls_of(table, "\nchain_rows");
    long updates = calls_of(table, "\nchain_updates");
    if (rows >= 0) { /* a CPU: validation has rows, and nothing to update */
        assert_true(updates > 0);
        assert_true(rows > updates);
    } else {
        assert_true(calls_of(table, "\nlinear_forward") > 0);
    }
    assert_non_null(strstr(table, "device busy for "));
    const char *peak = strstr(table, "\npeak: ");
    assert_non_null(peak);
    assert_true(strtod(peak + strlen("\npeak: "), NULL) > 0);
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
