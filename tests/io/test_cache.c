/* Paths of files in the cache folder. */
#include <stdlib.h>
#include <string.h>

#include "io/cache.h"
#include "support/check.h"
#include "support/temporary.h"

static void test_path_depends_on_subject(void **state) {
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

static void test_removes_only_its_kind(void **state) {
    static const char *const kept[] = {"kind-notes",
                                       "kind-0123456789abcdef.txt",
                                       "kind-0123456789abcdef0",
                                       "kind-0123456789ABCDEF",
                                       "kind",
                                       "other-0123456789abcdef",
                                       ".kind-0123456789abcdef"};
    enum { KEPT = sizeof kept / sizeof *kept };
    char path[512];
    for (size_t i = 0; i < KEPT; i++)
        temporary_write(temporary_path(*state, kept[i]), "x", 1);
    for (int i = 0; i < 3; i++) {
        assert_true(fm_cache_path(path, sizeof path, *state, "kind", &"abc"[i]));
        temporary_write(path, "x", 1);
    }
    assert_int_equal(temporary_count(*state), KEPT + 3);
    fm_cache_remove(*state, "kind");
    assert_int_equal(temporary_count(*state), KEPT);
    for (size_t i = 0; i < KEPT; i++)
        free(temporary_read(temporary_path(*state, kept[i]), &(size_t){0}));
    fm_cache_remove(temporary_path(*state, "nowhere"), "kind");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_path_depends_on_subject),
        cmocka_unit_test(test_too_long),
        cmocka_unit_test_setup_teardown(test_removes_only_its_kind, temporary_setup,
                                        temporary_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
