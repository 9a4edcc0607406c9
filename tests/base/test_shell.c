/* A quoted word must read back unchanged in a shell. */
#include <stdlib.h>

#include "base/shell.h"
#include "support/check.h"

static void check(const char *word, const char *typed) {
    fm_text text = {0};
    char *got = NULL;
    fm_shell_add_word(&text, word);
    assert_int_equal(fm_text_take(&got, &text, "a word", NULL), FM_OK);
    assert_string_equal(got, typed);
    free(got);
}

static void test_words(void **state) {
    (void)state;
    check("runs/base-1", "runs/base-1");
    check("--hidden", "--hidden");
    check("0.1,0.2", "0.1,0.2");
    check("", "''");
    check("two words", "'two words'");
    check("$(id)", "'$(id)'");
    check("it's", "'it'\\''s'");
    check("a\nb", "'a\nb'");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_words)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
