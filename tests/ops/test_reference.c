/* The reference gives the bits of plain loops, whatever the processor makes of it: its matrix
 * product those of sums in double, term by term, its updates those of one parameter after the
 * other. */
#include <math.h>
#include <stdlib.h>

#include "base/random.h"
#include "ops/reference_memory.h"
#include "ops/reference_product.h"
#include "support/check.h"

static float *random_values(size_t count, uint64_t seed) {
    fm_random random;
    float *values = malloc(count * sizeof *values);
    assert_non_null(values);
    fm_random_seed(&random, seed, 99);
    for (size_t i = 0; i < count; i++)
        values[i] = fm_random_unit(&random) - 0.25f;
    return values;
}

/* a and b lie as they are, or turned. */
static void check_product(size_t rows, size_t cols, size_t terms, int turned) {
    float *a = random_values(rows * terms, 1), *b = random_values(cols * terms, 2);
    double *scratch = malloc(fm_reference_product_space(cols) * sizeof *scratch);
    assert_non_null(scratch);
    const reference_factor fa = {a, turned ? 1 : terms, turned ? rows : 1};
    const reference_factor fb = {b, turned ? 1 : terms, turned ? cols : 1};
    const double *sums;
    size_t stride;
    /* What was computed before must not matter. */
    for (size_t i = 0; i < fm_reference_product_space(cols); i++)
        scratch[i] = NAN;
    fm_reference_product(&sums, &stride, scratch, fa, fb, rows, cols, terms);
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < cols; j++) {
            double sum = 0;
            for (size_t k = 0; k < terms; k++)
                sum += (double)fa.values[i * fa.stride + k * fa.step] *
                       (double)fb.values[j * fb.stride + k * fb.step];
            if (sums[i * stride + j] != sum)
                fail_msg("%zu x %zu of %zu terms: %a instead of %a in row %zu, column %zu", rows,
                         cols, terms, sums[i * stride + j], sum, i, j);
        }
    free(scratch);
    free(b);
    free(a);
}

static void test_product(void **state) {
    (void)state;
    static const size_t row_counts[] = {1, 3, 4, 5, FM_REFERENCE_ROWS};
    static const size_t col_counts[] = {1, 7, 8, 9, 50};
    static const size_t term_counts[] = {1, 2, 255, 256, 257, 784};
    for (size_t r = 0; r < 5; r++)
        for (size_t c = 0; c < 5; c++)
            for (size_t t = 0; t < 6; t++)
                for (int turned = 0; turned < 2; turned++)
                    check_product(row_counts[r], col_counts[c], term_counts[t], turned);
}

/* Longer than any vector, and with a rest. */
enum { PARAMETERS = 37 };

static void check_update(fm_update update) {
    float *together = random_values(3 * PARAMETERS, 3), *alone = random_values(3 * PARAMETERS, 3);
    double gradient[PARAMETERS];
    for (size_t i = 0; i < PARAMETERS; i++) {
        gradient[i] = 0.01 * (double)i - 0.1;
        together[2 * PARAMETERS + i] = alone[2 * PARAMETERS + i] = 0.5f + (float)i;
        if (update.rule == FM_UPDATE_RMSPROP)
            together[PARAMETERS + i] = alone[PARAMETERS + i] = 0.5f + (float)i;
    }
    fm_reference_update(together, PARAMETERS, gradient, PARAMETERS, &update);
    for (size_t i = 0; i < PARAMETERS; i++)
        fm_reference_update(alone + i, PARAMETERS, gradient + i, 1, &update);
    for (size_t i = 0; i < 3 * PARAMETERS; i++)
        if (together[i] != alone[i])
            fail_msg("rule %d: %a together, %a alone at %zu", update.rule, (double)together[i],
                     (double)alone[i], i);
    free(alone);
    free(together);
}

static void test_updates(void **state) {
    (void)state;
    for (int32_t rule = FM_UPDATE_KEEP; rule <= FM_UPDATE_RMSPROP; rule++)
        for (int momentum = 0; momentum < 2; momentum++)
            check_update((fm_update){.rule = rule,
                                     .nesterov = momentum,
                                     .lr = 0.1f,
                                     .weight_decay = 0.01f,
                                     .momentum = momentum ? 0.9f : 0.0f,
                                     .decay1 = 0.9f,
                                     .rest1 = 0.1f,
                                     .decay2 = 0.999f,
                                     .rest2 = 0.001f,
                                     .eps = 1e-8f,
                                     .step_size = 0.003f,
                                     .root_scale = 1.5f});
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_product),
        cmocka_unit_test(test_updates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
