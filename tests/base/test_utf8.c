/* UTF-8: valid characters, and printable ones. */
#include "base/utf8.h"
#include "support/check.h"

static void is(const char *text, size_t length, uint32_t code) {
    uint32_t found = 1;
    assert_int_equal(fm_utf8_character(&found, text), length);
    assert_int_equal(found, code);
}

static void test_valid_characters(void **state) {
    (void)state;
    is("", 1, 0);
    is("a", 1, 'a');
    is("\x7f", 1, 0x7f);
    is("\xc2\x80", 2, 0x80);
    is("\xdf\xbf", 2, 0x7ff);
    is("\xe0\xa0\x80", 3, 0x800);
    is("\xed\x9f\xbf", 3, 0xd7ff);
    is("\xef\xbf\xbf", 3, 0xffff);
    is("\xf0\x90\x80\x80", 4, 0x10000);
    is("\xf4\x8f\xbf\xbf", 4, 0x10ffff);
    is("\xe2\x82\xac...", 3, 0x20ac);
}

static void test_invalid_bytes(void **state) {
    (void)state;
    static const char *const none[] = {
        "\x80",
        "\xbf",
        "\xfe",
        "\xff",
        "\xc0\x80",             /* overlong: U+0000 */
        "\xc1\xbf",             /* overlong: U+007F */
        "\xe0\x82\x9b",         /* overlong: U+009B, which some terminals execute */
        "\xf0\x80\x82\x9b",     /* the same in four bytes */
        "\xed\xa0\x80",         /* the first surrogate */
        "\xed\xbf\xbf",         /* the last surrogate */
        "\xf4\x90\x80\x80",     /* above U+10FFFF */
        "\xf8\x88\x80\x80\x80", /* five bytes */
        "\xc3",
        "\xe2\x82",
        "\xf0\x9f\x98", /* truncated */
        "\xe2(\xa1",
        "\xe2\x82(",
    };
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        is(none[i], 0, 0);
}

static void test_printable(void **state) {
    (void)state;
    static const uint32_t shown[] = {' ', '~', 0xa0, 0xe9, 0x2029, 0x202f, 0x2065, 0x206a, 0x1f600};
    static const uint32_t not [] = {0,    '\t', '\n',   0x1b,   0x1f,   0x7f,  0x80,
                                    0x9b, 0x9f, 0x202a, 0x202e, 0x2066, 0x2069};
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
        assert_true(fm_utf8_is_shown(shown[i]));
    for (size_t i = 0; i < sizeof not / sizeof *not ; i++)
        assert_false(fm_utf8_is_shown(not [i]));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_valid_characters),
        cmocka_unit_test(test_invalid_bytes),
        cmocka_unit_test(test_printable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
