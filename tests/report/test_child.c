/* Running another program with input and output, however it behaves. */
#include <stdlib.h>
#include <string.h>

#include "report/child.h"
#include "support/check.h"

static int run(char **out, const char *script, const char *input, double seconds, fm_error *error) {
    const char *const arguments[] = {"sh", "-c", script, NULL};
    return fm_child_run(out, arguments, input, seconds, error);
}

static void test_input_and_output(void **state) {
    (void)state;
    enum { SIZE = 1 << 20 };
    fm_error error = {0};
    char *out, *input = malloc(SIZE + 1);
    assert_non_null(input);
    memset(input, 'a', SIZE);
    input[SIZE] = '\0';
    CHECK_OK(run(&out, "cat; echo no >&2", input, 60, &error), &error);
    assert_string_equal(out, input);
    free(out);
    free(input);
}

static void test_failing_programs(void **state) {
    (void)state;
    static const struct {
        const char *script, *why;
        double seconds;
    } cases[] = {
        {"echo half; exit 3", "exit status 3", 60},
        {"kill -9 $$", "signal 9", 60},
        {"exec sleep 3600", "did not end within 0.1 s", 0.1},
        {"exec <&- >&-; exec sleep 3600", "did not end within 0.1 s", 0.1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fm_error error = {0};
        char *out;
        assert_int_equal(run(&out, cases[i].script, "x", cases[i].seconds, &error), FM_E_FILE);
        assert_null(out);
        assert_string_equal(error.what, "sh");
        if (!strstr(error.why, cases[i].why))
            fail_msg("%s: %s", cases[i].script, error.why);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_input_and_output),
        cmocka_unit_test(test_failing_programs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
