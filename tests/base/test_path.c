/* Names of files. */
#include <string.h>

#include "base/path.h"
#include "support/check.h"

static void test_join(void **state) {
    (void)state;
    static char folder[FM_PATH_SIZE];
    char path[FM_PATH_SIZE];
    fm_error error = {0};
    CHECK_OK(fm_path_join(path, "runs/base", "config.json", &error), &error);
    assert_string_equal(path, "runs/base/config.json");
    memset(folder, 'x', FM_PATH_SIZE - 3);
    CHECK_OK(fm_path_join(path, folder, "a", &error), &error); /* as long as can be */
    assert_int_equal(fm_path_join(path, folder, "ab", &error), FM_E_FILE);
    assert_string_equal(error.why, "the name is too long");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_join)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
