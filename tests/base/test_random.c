/* Random numbers: published values, and properties of the derived numbers. */
#include <string.h>

#include "base/random.h"
#include "support/check.h"

/* Output of the demo program of PCG's C library for seed 42, stream 54. */
static void test_published_values(void **state) {
    (void)state;
    static const uint32_t published[] = {0xa15c02b7, 0x7b47f409, 0xba1d3330,
                                         0x83d2f293, 0xbfa4784b, 0xcbed606e};
    fm_random random;
    fm_random_seed(&random, 42, 54);
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(fm_random_u32(&random), published[i]);
}

static void test_seeds_and_streams(void **state) {
    (void)state;
    fm_random one, same, seed, stream;
    int seed_differs = 0, stream_differs = 0;
    fm_random_seed(&one, 1, 1);
    fm_random_seed(&same, 1, 1);
    fm_random_seed(&seed, 2, 1);
    fm_random_seed(&stream, 1, 2);
    for (size_t i = 0; i < 64; i++) {
        uint32_t number = fm_random_u32(&one);
        assert_int_equal(fm_random_u32(&same), number);
        seed_differs += fm_random_u32(&seed) != number;
        stream_differs += fm_random_u32(&stream) != number;
    }
    assert_true(seed_differs > 60);
    assert_true(stream_differs > 60);
}

/* Chi-square test for equal bins with 2 or 9 degrees of freedom: above 40 is practically impossible
 * by chance. */
static void check_even(const size_t *counts, size_t bins, size_t draws) {
    double expected = (double)draws / (double)bins, chi_square = 0.0;
    for (size_t i = 0; i < bins; i++) {
        double off = (double)counts[i] - expected;
        chi_square += off * off / expected;
    }
    assert_true(chi_square < 40.0);
}

static void test_unit(void **state) {
    (void)state;
    enum { DRAWS = 100000 };
    size_t counts[10] = {0};
    fm_random random;
    fm_random_seed(&random, 5, FM_STREAM_WEIGHTS);
    for (size_t i = 0; i < DRAWS; i++) {
        float unit = fm_random_unit(&random);
        assert_true(unit >= 0.0f && unit < 1.0f);
        float steps = unit * 0x1p24f;
        assert_true(steps == (float)(uint32_t)steps);
        counts[(size_t)(unit * 10.0f)]++;
    }
    check_even(counts, 10, DRAWS);
}

static void test_below(void **state) {
    (void)state;
    enum { DRAWS = 100000 };
    static const uint32_t bounds[] = {1, 2, 3, 10, 0x80000000u, 0xc0000000u, UINT32_MAX};
    for (size_t b = 0; b < sizeof bounds / sizeof *bounds; b++) {
        size_t counts[3] = {0};
        fm_random random;
        fm_random_seed(&random, 9, 3);
        for (size_t i = 0; i < DRAWS; i++) {
            uint32_t number = fm_random_below(&random, bounds[b]);
            assert_true(number < bounds[b]);
            counts[(uint64_t)number * 3 / bounds[b]]++;
        }
        /* A plain remainder of 3 * 2^30 would draw the first third twice as often. */
        if (bounds[b] == 3 || bounds[b] > 10)
            check_even(counts, 3, DRAWS);
    }
}

static void test_shuffle(void **state) {
    (void)state;
    enum { COUNT = 1000 };
    uint32_t values[COUNT];
    unsigned char seen[COUNT] = {0};
    fm_random random;
    fm_random_seed(&random, 0, FM_STREAM_ORDER);
    for (uint32_t i = 0; i < COUNT; i++)
        values[i] = i;
    fm_random_shuffle(&random, values, COUNT);
    size_t in_place = 0;
    for (uint32_t i = 0; i < COUNT; i++) {
        assert_true(values[i] < COUNT);
        assert_int_equal(seen[values[i]]++, 0);
        in_place += values[i] == i;
    }
    assert_true(in_place < 10); /* the expected number is 1 */
    uint32_t one = 7;
    fm_random_shuffle(&random, &one, 1);
    fm_random_shuffle(&random, NULL, 0);
    assert_int_equal(one, 7);
}

/* Every value is equally frequent in every place (3 values, 6 permutations). */
static void test_permutations_are_uniform(void **state) {
    (void)state;
    enum { DRAWS = 60000 };
    size_t counts[9] = {0}, orders[6] = {0};
    fm_random random;
    fm_random_seed(&random, 1, FM_STREAM_ORDER);
    for (size_t i = 0; i < DRAWS; i++) {
        uint32_t values[] = {0, 1, 2};
        fm_random_shuffle(&random, values, 3);
        for (size_t place = 0; place < 3; place++)
            counts[place * 3 + values[place]]++;
        orders[values[0] * 2 + (values[1] > values[2])]++;
    }
    for (size_t place = 0; place < 3; place++)
        check_even(counts + place * 3, 3, DRAWS);
    check_even(orders, 6, DRAWS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published_values),
        cmocka_unit_test(test_seeds_and_streams),
        cmocka_unit_test(test_unit),
        cmocka_unit_test(test_below),
        cmocka_unit_test(test_shuffle),
        cmocka_unit_test(test_permutations_are_uniform),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
