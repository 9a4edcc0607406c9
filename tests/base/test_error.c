/* fm_error: recording failures. */
#include <string.h>

#include "fmnist_cl/error.h"
#include "support/check.h"

static void test_set(void **state) {
    (void)state;
    fm_error error = {.hint = "old", .detail = "old"};
    assert_int_equal(fm_error_set(&error, FM_E_FILE, "file", "why %d", 3), FM_E_FILE);
    assert_int_equal(error.status, FM_E_FILE);
    assert_string_equal(error.what, "file");
    assert_string_equal(error.why, "why 3");
    assert_string_equal(error.hint, "");
    assert_string_equal(error.detail, "");
    assert_int_equal(fm_error_hint(&error, "do %s", "this"), FM_E_FILE);
    assert_string_equal(error.hint, "do this");
    fm_error_detail(&error, "line\nline");
    assert_string_equal(error.detail, "line\nline");
    fm_error_detail(&error, NULL);
    assert_string_equal(error.detail, "");
}

static void test_null_and_own_text(void **state) {
    (void)state;
    assert_int_equal(fm_error_set(NULL, FM_E_MEMORY, "x", "y"), FM_E_MEMORY);
    assert_int_not_equal(fm_error_hint(NULL, "x"), FM_OK);
    fm_error_detail(NULL, "x");
    fm_error error = {0};
    fm_error_set(&error, FM_E_FILE, "file", "first");
    fm_error_set(&error, FM_E_FORMAT, error.what, "second");
    assert_string_equal(error.what, "file");
    fm_error_set(&error, FM_E_FORMAT, NULL, "third");
    assert_string_equal(error.what, "");
}

static void test_long_texts(void **state) {
    (void)state;
    static char text[10000];
    fm_error error = {0};
    memset(text, 'x', sizeof text - 1);
    fm_error_set(&error, FM_E_FILE, text, "%s", text);
    fm_error_hint(&error, "%s", text);
    fm_error_detail(&error, text);
    assert_int_equal(strlen(error.what), sizeof error.what - 1);
    assert_int_equal(strlen(error.why), sizeof error.why - 1);
    assert_int_equal(strlen(error.hint), sizeof error.hint - 1);
    assert_int_equal(strlen(error.detail), sizeof error.detail - 1);
}

/* An error stays one line without control characters, whatever names it contains. */
static void test_control_characters(void **state) {
    (void)state;
    fm_error error = {0};
    fm_error_set(&error, FM_E_FILE, "a\nb", "c\x1b[2J\x7f%s", "\r\xc3\xa9");
    fm_error_hint(&error, "d\te");
    assert_string_equal(error.what, "a?b");
    assert_string_equal(error.why, "c?[2J??\xc3\xa9"); /* non-ASCII letters stay */
    fm_error_detail(&error, "f\n\tg\x1b");
    assert_string_equal(error.hint, "d?e");
    assert_string_equal(error.detail, "f\n\tg?");
    fm_error_set(&error, FM_E_FILE, "a\xe0\x82\x9b[2J", "b\xc2\x9b[2J \xe2\x80\xae");
    assert_string_equal(error.what, "a???[2J"); /* U+009B as an overlong encoding */
    assert_string_equal(error.why, "b??[2J ???");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_set),
        cmocka_unit_test(test_null_and_own_text),
        cmocka_unit_test(test_long_texts),
        cmocka_unit_test(test_control_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
