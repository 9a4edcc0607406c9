/* Parsing of numbers that users type. */
#include "base/number.h"
#include "support/check.h"

static void test_fewest_digits(void **state) {
    (void)state;
    assert_int_equal(fm_number_digits(0), 1);
    assert_int_equal(fm_number_digits(-3), 1);
    assert_int_equal(fm_number_digits(1e-8), 1);
    assert_int_equal(fm_number_digits(0.003), 1);
    assert_int_equal(fm_number_digits(0.999), 3);
    assert_int_equal(fm_number_digits(48000), 2);
    assert_int_equal(fm_number_digits(0.1 + 0.2), 17);
    assert_int_equal(fm_number_digits(1.0 / 3), 16);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_fewest_digits)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
