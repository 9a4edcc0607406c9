/* When a duel is decided, and by how much. */
#include "support/check.h"
#include "tune/duel.h"

static fm_duel duel_of(size_t rounds, const double *ratios) {
    fm_duel duel = {.steps = 1, .rounds = rounds};
    for (size_t i = 0; i < rounds; i++)
        duel.ratio[i] = ratios[i];
    return duel;
}

#define VERDICT(...)                                                                               \
    verdict((const double[]){__VA_ARGS__}, sizeof((double[]){__VA_ARGS__}) / sizeof(double))

static enum fm_duel_verdict verdict(const double *ratios, size_t rounds) {
    const fm_duel duel = duel_of(rounds, ratios);
    return fm_duel_verdict(&duel);
}

static void test_too_early(void **state) {
    (void)state;
    const fm_duel none = {.steps = 1};
    assert_int_equal(fm_duel_verdict(&none), FM_DUEL_OPEN);
    assert_int_equal(VERDICT(2, 2), FM_DUEL_OPEN);
    assert_int_equal(VERDICT(0.5, 0.5, 0.5, 0.5, 0.5, 0.5), FM_DUEL_OPEN);
    assert_int_equal(VERDICT(1.01, 1.02, 1.01, 1.02), FM_DUEL_OPEN);
}

static void test_far_behind_from_the_start(void **state) {
    (void)state;
    assert_int_equal(VERDICT(1.04, 1.2, 1.05), FM_DUEL_LOST);
    assert_int_equal(VERDICT(1.04, 1.2, 1.02), FM_DUEL_OPEN);
}

static void test_won(void **state) {
    (void)state;
    assert_int_equal(VERDICT(0.95, 0.96, 0.95, 0.94, 0.97, 0.95, 0.95), FM_DUEL_WON);
    /* One round may be disturbed, not two of so few. */
    assert_int_equal(VERDICT(0.95, 0.96, 3, 0.94, 0.97, 0.95, 0.95), FM_DUEL_WON);
    assert_int_equal(VERDICT(0.95, 0.96, 3, 0.94, 3, 0.95, 0.95), FM_DUEL_OPEN);
}

/* Faster each time, but by less than one percent. */
static void test_not_worth_it(void **state) {
    double ratios[FM_DUEL_MOST_ROUNDS];
    (void)state;
    for (size_t i = 0; i < FM_DUEL_MOST_ROUNDS; i++)
        ratios[i] = 0.995;
    assert_int_equal(verdict(ratios, 7), FM_DUEL_OPEN);
    assert_int_equal(verdict(ratios, FM_DUEL_MOST_ROUNDS), FM_DUEL_LOST);
}

static void test_lost(void **state) {
    (void)state;
    assert_int_equal(VERDICT(1.01, 0.9, 1.02, 0.9, 1.01, 0.9, 1.01), FM_DUEL_LOST);
    assert_int_equal(VERDICT(1.01, 0.9, 1.02, 0.9, 1.01, 0.9, 0.9), FM_DUEL_OPEN);
}

static void test_ratio_is_the_median(void **state) {
    (void)state;
    const fm_duel odd = duel_of(3, (const double[]){9, 1, 2});
    const fm_duel even = duel_of(4, (const double[]){9, 1, 2, 4});
    assert_true(fm_duel_ratio(&odd) == 2);
    assert_true(fm_duel_ratio(&even) == 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_too_early), cmocka_unit_test(test_far_behind_from_the_start),
        cmocka_unit_test(test_won),       cmocka_unit_test(test_not_worth_it),
        cmocka_unit_test(test_lost),      cmocka_unit_test(test_ratio_is_the_median),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
