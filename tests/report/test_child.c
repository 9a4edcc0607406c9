/* Running another program with input and output, however it behaves. */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report/child.h"
#include "support/check.h"

static int run(char **out, const char *script, const char *input, fm_error *error) {
    const char *const arguments[] = {"sh", "-c", script, NULL};
    const fm_child child = {arguments, input, 4 << 20, 60};
    return fm_child_run(out, &child, error);
}

/* Runs a script that must fail with this text in the error. */
static void expect_failure(const char *script, const char *input, double seconds, const char *why) {
    const char *const arguments[] = {"sh", "-c", script, NULL};
    const fm_child child = {arguments, input, 1000, seconds};
    fm_error error = {0};
    char *out;
    assert_int_equal(fm_child_run(&out, &child, &error), FM_E_FILE);
    assert_null(out);
    assert_string_equal(error.what, "sh");
    if (!strstr(error.why, why))
        fail_msg("%s: %s", script, error.why);
}

/* Larger than a socket's buffer, so that both ends must work at the same time. */
static void test_input_and_output(void **state) {
    (void)state;
    enum { SIZE = 3 << 20 };
    fm_error error = {0};
    char *out, *input = malloc(SIZE + 1);
    assert_non_null(input);
    for (size_t i = 0; i < SIZE; i++)
        input[i] = (char)('a' + i % 23);
    input[SIZE] = '\0';
    CHECK_OK(run(&out, "cat", input, &error), &error);
    assert_int_equal(strlen(out), SIZE);
    assert_memory_equal(out, input, SIZE);
    free(out);
    /* A program need not read its input. */
    CHECK_OK(run(&out, "echo done", input, &error), &error);
    assert_string_equal(out, "done\n");
    free(out);
    free(input);
}

static void test_standard_error_is_discarded(void **state) {
    (void)state;
    fm_error error = {0};
    char *out;
    CHECK_OK(run(&out, "echo no >&2; echo yes", "", &error), &error);
    assert_string_equal(out, "yes\n");
    free(out);
}

static void test_failing_programs(void **state) {
    (void)state;
    static const char *const arguments[] = {"there-is-no-such-program", NULL};
    const fm_child child = {arguments, "", 1000, 60};
    fm_error error = {0};
    char *out;
    assert_int_equal(fm_child_run(&out, &child, &error), FM_E_FILE);
    assert_string_equal(error.what, "there-is-no-such-program");
    assert_non_null(strstr(error.why, "cannot be started"));
    expect_failure("echo half; exit 3", "x", 60, "exit status 3");
    expect_failure("kill -9 $$", "x", 60, "signal 9");
    expect_failure("yes", "", 60, "more than 1000 bytes");
}

/* Each would run longer than the time limit. */
static void test_hanging_programs(void **state) {
    (void)state;
    expect_failure("sleep 3600", "", 0.1, "did not end");
    expect_failure("exec <&- >&-; sleep 3600", "", 0.1, "did not end");
    expect_failure("sleep 3600 & exit 0", "", 0.1, "did not end");
    expect_failure("trap '' TERM INT HUP; while :; do echo; sleep 1; done", "", 0.1, "did not end");
}

/* Its child processes end too: none of them holds the inherited pipe any more. */
static void test_child_processes_end(void **state) {
    (void)state;
    int ends[2];
    char byte;
    assert_int_equal(pipe(ends), 0);
    expect_failure("sleep 3600 & exit 0", "", 0.1, "did not end");
    close(ends[1]);
    struct pollfd ended = {.fd = ends[0], .events = POLLIN};
    assert_int_equal(poll(&ended, 1, 60000), 1);
    assert_int_equal(read(ends[0], &byte, 1), 0);
    close(ends[0]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_input_and_output),
        cmocka_unit_test(test_standard_error_is_discarded),
        cmocka_unit_test(test_failing_programs),
        cmocka_unit_test(test_hanging_programs),
        cmocka_unit_test(test_child_processes_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
