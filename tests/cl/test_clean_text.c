/* Text from drivers becomes one line of valid UTF-8. */
#include <string.h>

#include "cl/clean_text.h"
#include "cl/warnings.h"
#include "support/check.h"

static void cleaned(const char *text, size_t size, const char *expected) {
    char out[64], in_place[64];
    fm_cl_text_clean(out, size, text);
    assert_string_equal(out, expected);
    snprintf(in_place, sizeof in_place, "%s", text);
    fm_cl_text_clean(in_place, size, in_place);
    assert_string_equal(in_place, expected);
}

static void test_white_space(void **state) {
    (void)state;
    cleaned("", 64, "");
    cleaned("Intel(R)  CPU \t @ 2.0\r\n", 64, "Intel(R) CPU @ 2.0");
    cleaned("  \n ", 64, "");
    cleaned("\001a\033[0m\177b", 64, "a [0m b");
    cleaned("a\xc2\x85"
            "b",
            64, "a b");
}

static void test_utf8(void **state) {
    (void)state;
    cleaned("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 64, "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
    cleaned("\xff\xfe", 64, "??");
    cleaned("a\xc3", 64, "a?");                         /* truncated */
    cleaned("\xc0\xaf", 64, "??");                      /* overlong */
    cleaned("\xe0\x80\xaf", 64, "???");                 /* overlong */
    cleaned("\xed\xa0\x80", 64, "???");                 /* a surrogate */
    cleaned("\xf4\x90\x80\x80", 64, "????");            /* above U+10FFFF */
    cleaned("\xf0\x80\x80\x80\xe2\x82", 64, "??????");  /* overlong, then truncated */
    cleaned("GPU \xe2\x80\xae cpu", 64, "GPU ??? cpu"); /* right-to-left override */
}

static void test_truncation(void **state) {
    (void)state;
    cleaned("abcdef", 4, "abc");
    cleaned("abc", 4, "abc");
    cleaned("ab\xc3\xa9", 4, "ab"); /* never within a character */
    cleaned("ab\xc3\xa9", 5, "ab\xc3\xa9");
    cleaned("ab cd", 4, "ab"); /* no trailing space */
    cleaned("a", 1, "");
}

static void test_warnings(void **state) {
    (void)state;
    fm_warnings warnings = {0};
    char longest[3000];
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    for (int i = 0; i < 20; i++)
        assert_int_equal(fm_warnings_add(&warnings, NULL, "line\n%d", i), FM_OK);
    assert_int_equal(fm_warnings_add(&warnings, NULL, "%s", longest), FM_OK);
    assert_int_equal(warnings.count, 21);
    assert_string_equal(warnings.lines[0], "line 0");
    assert_string_equal(warnings.lines[19], "line 19");
    assert_in_range(strlen(warnings.lines[20]), 100, 1023);
    fm_warnings_clear(&warnings);
    assert_int_equal(warnings.count, 0);
    fm_warnings_clear(&warnings);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_white_space),
        cmocka_unit_test(test_utf8),
        cmocka_unit_test(test_truncation),
        cmocka_unit_test(test_warnings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
