/* fm_text grows, and remembers that memory ran out. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "support/check.h"
#include "support/io_faults.h"

static void fill(fm_text *text) {
    for (int i = 0; i < 100; i++) {
        fm_text_add(text, "0123456789");
        fm_text_print(text, "%d%s", 7, "x");
        fm_text_add_bytes(text, "abc", 2);
    }
}

static void test_append(void **state) {
    (void)state;
    fm_text text = {0};
    char *out;
    fill(&text);
    assert_int_equal(text.length, 1400);
    assert_int_equal(fm_text_take(&out, &text, "text", NULL), FM_OK);
    assert_null(text.bytes);
    assert_int_equal(strlen(out), 1400);
    for (int i = 0; i < 100; i++)
        assert_memory_equal(out + 14 * (size_t)i, "01234567897xab", 14);
    free(out);
}

static void test_long_print(void **state) {
    (void)state;
    fm_text text = {0};
    fm_text_print(&text, "<%*d>", 100000, 1);
    assert_int_equal(text.length, 100002);
    assert_int_equal(strlen(text.bytes), 100002);
    fm_text_free(&text);
}

static void test_empty_text(void **state) {
    (void)state;
    fm_text text = {0};
    char *out;
    assert_int_equal(fm_text_take(&out, &text, "text", NULL), FM_OK);
    assert_string_equal(out, "");
    free(out);
}

static void test_every_allocation_fails(void **state) {
    (void)state;
    for (int number = 1, failed = 1; failed; number++) {
        fm_text text = {0};
        fm_error error = {0};
        char *out;
        io_faults_arm(IO_CALLOC, number);
        fill(&text);
        failed = io_faults_failed(IO_CALLOC, fm_text_take(&out, &text, "page", &error));
        assert_true(failed ? !out : number > 3);
        assert_string_equal(error.what, failed ? "page" : "");
        free(out);
    }
}

static void test_size_overflow(void **state) {
    (void)state;
    fm_text text = {0};
    fm_text_add(&text, "a");
    fm_text_add_bytes(&text, "b", SIZE_MAX - 1);
    assert_true(text.failed);
    assert_string_equal(text.bytes, "a");
    fm_text_free(&text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_append),        cmocka_unit_test(test_long_print),
        cmocka_unit_test(test_empty_text),    cmocka_unit_test(test_every_allocation_fails),
        cmocka_unit_test(test_size_overflow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
