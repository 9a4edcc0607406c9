/* The search, with known fastest tuning parameters. */
#include <math.h>
#include <string.h>

#include "support/check.h"
#include "tune/search.h"

enum { MOST = 500 };

/* Times grow with the distance from the fastest ones. */
typedef struct landscape {
    fm_choices fastest;
    fm_choices best; /* the expected best of the search */
    fm_choices seen[MOST];
    size_t count, end; /* the search is over after `end` comparisons */
    size_t fails_at;   /* the comparison that fails; 0: none */
    int most_product;  /* maximum of panels times inputs that fits; 0: all fit */
} landscape;

static double time_of(const landscape *c, const fm_choices *choices) {
    double time = 1;
    for (size_t i = 0; i < FM_CHOICES; i++)
        time += fabs(
            log2((double)fm_choice_value(choices, i) / (double)fm_choice_value(&c->fastest, i)));
    return time;
}

static int fits(void *user, const fm_choices *candidate) {
    const landscape *c = user;
    return !c->most_product || candidate->panels * candidate->inputs <= c->most_product;
}

static int compare(int *is_faster, void *user, const fm_choices *candidate, fm_error *error) {
    landscape *c = user;
    assert_true(c->count < MOST);
    for (size_t i = 0; i < c->count; i++)
        assert_memory_not_equal(&c->seen[i], candidate, sizeof *candidate);
    c->seen[c->count++] = *candidate;
    if (c->count == c->fails_at)
        return fm_error_set(error, FM_E_OPENCL, "the device", "is lost");
    *is_faster = time_of(c, candidate) < time_of(c, &c->best);
    if (*is_faster)
        c->best = *candidate;
    return FM_OK;
}

static int is_over(void *user) {
    const landscape *c = user;
    return c->end && c->count >= c->end;
}

static const fm_choices start = {3, 2, 6, 8, 2, 32, 4, 16};

static int search(fm_choices *best, int *complete, landscape *c, int in_groups) {
    const fm_search_calls calls = {c, fits, compare, is_over};
    *best = c->best = start;
    return fm_search(best, complete, in_groups, &calls, NULL);
}

static void test_finds_the_fastest(void **state) {
    (void)state;
    static const fm_choices goals[] = {
        {3, 2, 6, 8, 2, 32, 4, 16}, {4, 1, 12, 2, 8, 32, 4, 16}, {1, 4, 3, 32, 1, 32, 4, 16}};
    for (size_t i = 0; i < sizeof goals / sizeof *goals; i++) {
        landscape c = {.fastest = goals[i]};
        fm_choices best;
        int complete = 0;
        assert_int_equal(search(&best, &complete, &c, 0), FM_OK);
        assert_true(complete);
        assert_memory_equal(&best, &goals[i], sizeof best);
    }
}

/* GPU kernels have other tuning parameters; those of CPU kernels stay unchanged. */
static void test_does_not_change_other_kernels(void **state) {
    (void)state;
    landscape c = {.fastest = {4, 1, 12, 2, 8, 128, 8, 8}};
    const fm_choices expected = {3, 2, 6, 8, 2, 128, 8, 8};
    fm_choices best;
    int complete = 0;
    assert_int_equal(search(&best, &complete, &c, 1), FM_OK);
    assert_memory_equal(&best, &expected, sizeof best);
    for (size_t i = 0; i < c.count; i++)
        assert_int_equal(c.seen[i].inputs, start.inputs);
}

static void test_tries_only_what_fits(void **state) {
    (void)state;
    landscape c = {.fastest = {4, 4, 12, 8, 2, 32, 4, 16}, .most_product = 24};
    fm_choices best;
    int complete = 0;
    assert_int_equal(search(&best, &complete, &c, 0), FM_OK);
    assert_true(complete);
    assert_true(best.panels * best.inputs == 24);
    for (size_t i = 0; i < c.count; i++)
        assert_true(c.seen[i].panels * c.seen[i].inputs <= 24);
}

/* Stopped after any number of comparisons, it has the best so far. */
static void test_stops_when_time_is_over(void **state) {
    (void)state;
    landscape whole = {.fastest = {1, 4, 3, 32, 1, 32, 4, 16}};
    fm_choices best;
    int complete = 0;
    assert_int_equal(search(&best, &complete, &whole, 0), FM_OK);
    for (size_t end = 1; end < whole.count; end++) {
        landscape c = {.fastest = whole.fastest, .end = end};
        assert_int_equal(search(&best, &complete, &c, 0), FM_OK);
        assert_int_equal(c.count, end);
        assert_false(complete);
        assert_memory_equal(&best, &c.best, sizeof best);
    }
}

static void test_keeps_the_best_when_it_fails(void **state) {
    (void)state;
    for (size_t at = 1; at < 12; at++) {
        landscape c = {.fastest = {3, 8, 3, 1, 32, 32, 4, 16}, .fails_at = at};
        fm_choices best;
        int complete = 1;
        assert_int_equal(search(&best, &complete, &c, 0), FM_E_OPENCL);
        assert_int_equal(c.count, at);
        assert_false(complete);
        assert_memory_equal(&best, &c.best, sizeof best);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finds_the_fastest),
        cmocka_unit_test(test_does_not_change_other_kernels),
        cmocka_unit_test(test_tries_only_what_fits),
        cmocka_unit_test(test_stops_when_time_is_over),
        cmocka_unit_test(test_keeps_the_best_when_it_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
