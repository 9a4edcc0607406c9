/* The reference has the same bits as simple loops, whatever the processor: its products as sums in
 * double, term by term, its updates as one parameter after the other. It calls an observer. */
#include <math.h>
#include <stdlib.h>

#include "backend/reference/reference.h"
#include "backend/reference/reference_product.h"
#include "base/random.h"
#include "support/check.h"
#include "support/stacks.h"

static float *random_values(size_t count, uint64_t seed) {
    fm_random random;
    float *values = malloc(count * sizeof *values);
    assert_non_null(values);
    fm_random_seed(&random, seed, 99);
    for (size_t i = 0; i < count; i++)
        values[i] = fm_random_unit(&random) - 0.25f;
    return values;
}

/* a and b are stored as they are, or transposed. */
static void check_product(size_t rows, size_t cols, size_t terms, int transposed) {
    float *a = random_values(rows * terms, 1), *b = random_values(cols * terms, 2);
    double *scratch = malloc(fm_reference_product_space(cols) * sizeof *scratch);
    assert_non_null(scratch);
    const reference_factor fa = {a, transposed ? 1 : terms, transposed ? rows : 1};
    const reference_factor fb = {b, transposed ? 1 : terms, transposed ? cols : 1};
    const double *sums;
    size_t stride;
    /* Earlier contents must not matter. */
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
                for (int transposed = 0; transposed < 2; transposed++)
                    check_product(row_counts[r], col_counts[c], term_counts[t], transposed);
}

/* Longer than any vector, and with a rest. */
enum { PARAMETERS = 37 };

/* An update of `count` parameters, those from `first` on, as biases of a layer without inputs. */
static void update(float *values, size_t first, size_t count, const fm_update *rule) {
    fm_error error = {0};
    fm_backend *reference = NULL;
    fm_graph *graph = NULL;
    fm_parameters *parameters = NULL;
    fm_plan *plan = NULL;
    float gradient[PARAMETERS];
    const fm_step step = {.rows = 1, .batch_rows = 1, .epoch = 1, .update = *rule};
    for (size_t i = 0; i < count; i++)
        gradient[i] = 0.01f * (float)(first + i) - 0.1f;
    CHECK_OK(fm_reference_create(&reference, &error), &error);
    CHECK_OK(fm_graph_create(&graph, 1, &error), &error);
    const int weight = fm_graph_parameters(graph, count, 0);
    const int from = fm_graph_gradient(graph, count, 0);
    const fm_graph *graphs[] = {graph};
    fm_graph_expose(graph, from);
    fm_graph_add(graph, (fm_node){.operation = FM_OP_UPDATE, .operand = {weight, from}});
    CHECK_OK(fm_graph_check(graph, &error), &error);
    CHECK_OK(fm_parameters_create(&parameters, reference, count, 0, 2, &error), &error);
    for (size_t slot = 0; slot < 3; slot++)
        CHECK_OK(
            fm_parameters_write(parameters, slot, NULL, values + slot * PARAMETERS + first, &error),
            &error);
    CHECK_OK(fm_plan_compile(&plan, reference, graphs, 1, &parameters, 1, FM_COMPILE_FUSED, &error),
             &error);
    CHECK_OK(fm_plan_write(plan, 0, from, gradient, 1, &error), &error);
    CHECK_OK(fm_plan_run(plan, 0, NULL, NULL, &step, &error), &error);
    for (size_t slot = 0; slot < 3; slot++)
        CHECK_OK(
            fm_parameters_read(NULL, values + slot * PARAMETERS + first, parameters, slot, &error),
            &error);
    fm_plan_free(plan);
    fm_parameters_free(parameters);
    fm_graph_free(graph);
    fm_backend_free(reference);
}

static void check_update(fm_update rule) {
    float *together = random_values(3 * PARAMETERS, 3),
          *separate = random_values(3 * PARAMETERS, 3);
    for (size_t i = 0; i < PARAMETERS; i++) {
        together[2 * PARAMETERS + i] = separate[2 * PARAMETERS + i] = 0.5f + (float)i;
        if (rule.rule == FM_UPDATE_RMSPROP)
            together[PARAMETERS + i] = separate[PARAMETERS + i] = 0.5f + (float)i;
    }
    update(together, 0, PARAMETERS, &rule);
    for (size_t i = 0; i < PARAMETERS; i++)
        update(separate, i, 1, &rule);
    for (size_t i = 0; i < 3 * PARAMETERS; i++)
        if (together[i] != separate[i])
            fail_msg("rule %d: %a together, %a separate at %zu", rule.rule, (double)together[i],
                     (double)separate[i], i);
    free(separate);
    free(together);
}

static void test_updates(void **state) {
    (void)state;
    for (int rule = FM_UPDATE_SGD; rule <= FM_UPDATE_RMSPROP; rule++)
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

/* The walk calls an observer after each operation, in order; it may change results. */
typedef struct seen {
    enum fm_operation operation[8];
    size_t count;
} seen;

static void observe(void *user, const fm_reference_run *run) {
    seen *s = user;
    s->operation[s->count++] = run->node->operation;
    if (run->node->operation == FM_OP_GATHER)
        for (size_t i = 0; i < (size_t)run->step->rows * run->node->inputs; i++)
            fm_reference_batch(run, 0)[i] = 0;
}

static void test_observer(void **state) {
    (void)state;
    static const size_t widths[] = {3, 4};
    static const enum stack_graph pass[] = {STACK_PASS};
    static const enum fm_operation expected[] = {FM_OP_GATHER, FM_OP_LINEAR_FORWARD, FM_OP_LOSS,
                                                 FM_OP_LINEAR_BACKWARD_PARAMETERS};
    const stack s = stack_plain(1, widths, FM_RELU, 5);
    float gradient[4 * (3 + 1)];
    seen all = {.count = 0};
    fm_error error = {0};
    fm_backend *reference = NULL;
    CHECK_OK(fm_reference_create(&reference, &error), &error);
    stack_device d = stack_open(&s, reference, FM_COMPILE_FUSED, 1, pass);
    fm_reference_observe(reference, observe, &all);
    stack_run(&d, 0, 0, 5);
    assert_int_equal(all.count, 4);
    assert_memory_equal(all.operation, expected, sizeof expected);
    CHECK_OK(fm_plan_read(gradient, d.plan, 0, stack_gradient(0), 1, &error), &error);
    for (size_t i = 0; i < 4 * 3; i++)
        assert_true(gradient[i] == 0); /* of weights whose inputs are all zero */
    assert_true(gradient[12] != 0);
    fm_reference_observe(reference, NULL, NULL);
    stack_run(&d, 0, 0, 5);
    assert_int_equal(all.count, 4);
    stack_close(&d);
    fm_backend_free(reference);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_product),
        cmocka_unit_test(test_updates),
        cmocka_unit_test(test_observer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
