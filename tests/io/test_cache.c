/* Places of files in the cache folder. */
#include <string.h>

#include "io/cache.h"
#include "support/check.h"

static void test_by_what_it_is_about(void **state) {
    (void)state;
    char a[64], b[64];
    assert_true(fm_cache_path(a, sizeof a, "/x", "kind", "a device"));
    assert_true(fm_cache_path(b, sizeof b, "/x", "kind", "a device"));
    assert_string_equal(a, b);
    assert_int_equal(strncmp(a, "/x/kind-", 8), 0);
    assert_int_equal(strlen(a), 8 + 16);
    assert_true(fm_cache_path(b, sizeof b, "/x", "kind", "a device/../b"));
    assert_string_not_equal(a, b);
    assert_null(strstr(b, ".."));
    assert_true(fm_cache_path(b, sizeof b, "/x", "other", "a device"));
    assert_string_not_equal(a, b);
}

static void test_too_long(void **state) {
    (void)state;
    char path[25];
    assert_true(fm_cache_path(path, 25, "/x", "kind", "a"));
    assert_false(fm_cache_path(path, 24, "/x", "kind", "a"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_what_it_is_about),
        cmocka_unit_test(test_too_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
