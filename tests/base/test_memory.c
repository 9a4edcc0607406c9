/* fm_memory_allocate. */
/* wrap: calloc */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "support/check.h"

static int fails;
static size_t calls;

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);

void *__wrap_calloc(size_t count, size_t size) {
    calls++;
    return fails ? NULL : __real_calloc(count, size);
}

static void test_zeroed(void **state) {
    (void)state;
    unsigned char *bytes = NULL;
    assert_int_equal(fm_memory_allocate(&bytes, 100, 7, "bytes", NULL), FM_OK);
    for (size_t i = 0; i < 700; i++)
        assert_int_equal(bytes[i], 0);
    free(bytes);
}

static void test_size_zero(void **state) {
    (void)state;
    unsigned char *bytes = NULL;
    assert_int_equal(fm_memory_allocate(&bytes, 0, 4, "bytes", NULL), FM_OK);
    assert_non_null(bytes);
    free(bytes);
    assert_int_equal(fm_memory_allocate(&bytes, 4, 0, "bytes", NULL), FM_OK);
    assert_non_null(bytes);
    free(bytes);
}

static void test_overflow(void **state) {
    (void)state;
    static const size_t cases[][2] = {
        {SIZE_MAX, 2}, {2, SIZE_MAX}, {SIZE_MAX / 4 + 1, 4}, {SIZE_MAX / 2 + 1, 2}};
    for (size_t i = 0; i < 4; i++) {
        unsigned char mark, *bytes = &mark;
        fm_error error = {0};
        calls = 0;
        assert_int_equal(fm_memory_allocate(&bytes, cases[i][0], cases[i][1], "bytes", &error),
                         FM_E_MEMORY);
        assert_int_equal(calls, 0); /* the overflow is found before calloc is called */
        assert_null(bytes);
        assert_string_equal(error.what, "bytes");
        CHECK_SAYS(error.why, "no memory");
    }
}

static void test_failure(void **state) {
    (void)state;
    unsigned char mark, *bytes = &mark;
    fm_error error = {0};
    fails = 1;
    int status = fm_memory_allocate(&bytes, 3, 5, "bytes", &error);
    fails = 0;
    assert_int_equal(status, FM_E_MEMORY);
    assert_null(bytes);
    assert_string_equal(error.why, "no memory for 3 x 5 bytes");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_zeroed),
        cmocka_unit_test(test_size_zero),
        cmocka_unit_test(test_overflow),
        cmocka_unit_test(test_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
