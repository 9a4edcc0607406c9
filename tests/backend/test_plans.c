/* A plan computes its graph, however it is divided into launches: fused plans have the same bits as
 * one launch per operation, and agree with the reference. */
#include <stdlib.h>
#include <string.h>

#include "support/backends.h"
#include "support/check.h"
#include "support/stacks.h"
#include "support/tolerances.h"

/* Interpreters of kernels take seconds per stack. */
static size_t stack_count(void) {
    return getenv("FM_SMALL_CASES") ? 3 : 40;
}

static stack draw_stack(fm_random *random) {
    stack s = stack_random(random);
    if (getenv("FM_SMALL_CASES"))
        s.rows = 1 + s.rows % 20;
    return s;
}

/* The state of a stack after some batches of any size, with one plan. */
static float *train(size_t *count, const stack *s, fm_backend *backend, enum fm_compile how,
                    int in_two) {
    static const enum stack_graph one[] = {STACK_STEP, STACK_SCORE};
    static const enum stack_graph two[] = {STACK_PASS, STACK_UPDATE, STACK_SCORE};
    stack_device d = stack_open(s, backend, how, in_two ? 3 : 2, in_two ? two : one);
    fm_random random;
    fm_random_seed(&random, s->seed, 98);
    for (int i = 0; i < 5; i++) {
        const size_t rows = i ? 1 + fm_random_below(&random, (uint32_t)s->rows) : s->rows;
        const size_t first = fm_random_below(&random, (uint32_t)(STACK_IMAGES - rows + 1));
        stack_run(&d, 0, first, rows);
        if (in_two)
            stack_run(&d, 1, first, rows);
        if (i % 2)
            stack_run(&d, in_two ? 2 : 1, STACK_IMAGES - rows, rows);
    }
    float *results = stack_results(&d, count);
    stack_close(&d);
    return results;
}

static void assert_same(const float *actual, const float *expected, size_t count, const stack *s,
                        const char *name, const char *what) {
    char text[400];
    if (!memcmp(actual, expected, count * sizeof *actual))
        return;
    size_t at = 0;
    while (!memcmp(&actual[at], &expected[at], sizeof *actual))
        at++;
    stack_text(text, sizeof text, s);
    fail_msg("%s: %s: value %zu of %zu is %a, not %a: %s", name, what, at, count,
             (double)actual[at], (double)expected[at], text);
}

/* Fused launches give the same bits as separate ones, with and without gradients in memory. */
static void test_same_bits(void **state) {
    (void)state;
    fm_random random;
    fm_random_seed(&random, 1, 97);
    for (size_t n = 0; n < stack_count(); n++) {
        const stack s = draw_stack(&random);
        for (size_t i = 0; i <= backend_count; i++) {
            fm_backend *backend = backends[i].backend;
            const char *name = backends[i].name;
            size_t count;
            float *expected = train(&count, &s, backend, FM_COMPILE_SEPARATE, 0);
            float *fused = train(&count, &s, backend, FM_COMPILE_FUSED, 0);
            float *columns = train(&count, &s, backend, FM_COMPILE_COLUMNS, 0);
            float *in_two = train(&count, &s, backend, FM_COMPILE_FUSED, 1);
            assert_same(fused, expected, count, &s, name, "fused");
            assert_same(columns, expected, count, &s, name, "divided by columns");
            assert_same(in_two, expected, count, &s, name, "gradients, then updates");
            free(in_two);
            free(columns);
            free(fused);
            free(expected);
        }
    }
}

/* Compares an exposed tensor. */
static void compare(stack_device *actual, stack_device *expected, const char *name, int tensor,
                    double tolerance, size_t rows) {
    const fm_tensor *t = &actual->graph[0]->tensor[tensor];
    const size_t count = fm_tensor_is_batch(t) ? rows * t->cols : t->rows * (t->cols + 1);
    float *a = malloc(count * sizeof *a), *e = malloc(count * sizeof *e);
    fm_error error = {0};
    char text[400];
    assert_true(a && e);
    stack_text(text, sizeof text, actual->of);
    CHECK_OK(fm_plan_read(a, actual->plan, 0, tensor, rows, &error), &error);
    CHECK_OK(fm_plan_read(e, expected->plan, 0, tensor, rows, &error), &error);
    check_close(a, e, count, tolerance, "%s: tensor %d of %s", name, tensor, text);
    free(e);
    free(a);
}

/* Compares outputs and gradients of one pass on every back end with the reference. */
static void test_against_the_reference(void **state) {
    (void)state;
    static const enum stack_graph pass[] = {STACK_PASS};
    fm_random random;
    fm_random_seed(&random, 2, 97);
    for (size_t n = 0; n < stack_count(); n++) {
        stack s = draw_stack(&random);
        s.exposed = ~0U;
        for (size_t i = 0; i < backend_count; i++) {
            stack_device d = stack_open(&s, backends[i].backend, FM_COMPILE_FUSED, 1, pass);
            stack_device e = stack_open(&s, reference, FM_COMPILE_FUSED, 1, pass);
            stack_run(&d, 0, 3, s.rows);
            stack_run(&e, 0, 3, s.rows);
            for (size_t l = 0; l < s.layers; l++) {
                compare(&d, &e, backends[i].name, stack_y(l), TOLERANCE_TRAINING, s.rows);
                compare(&d, &e, backends[i].name, stack_dy(l), TOLERANCE_TRAINING, s.rows);
                compare(&d, &e, backends[i].name, stack_gradient(l), TOLERANCE_TRAINING, 1);
            }
            stack_close(&e);
            stack_close(&d);
        }
    }
}

/* A graph that no network has: operations that overwrite operands of others, or read all columns of
 * their results; gradients that the host reads, that two updates read, or that are computed twice;
 * a gather before a layer that does not read it. */
enum { SIDE = 70, ROWS = 20, WEIGHTS = SIDE * (SIDE + 1) };
enum { A, B, C, D, PIXELS, KEPT, PARAMETERS }; /* tensors; the parameters are the last ones */
enum { USED = PARAMETERS + 4, UPDATED };

typedef struct strange {
    float batch[5][ROWS * SIDE]; /* A to PIXELS */
    float kept[WEIGHTS], updated[WEIGHTS], parameters[4][WEIGHTS];
} strange;

static fm_graph *strange_graph(void) {
    fm_error error = {0};
    fm_graph *g = NULL;
    CHECK_OK(fm_graph_create(&g, ROWS, &error), &error);
    for (int i = A; i <= PIXELS; i++)
        fm_graph_expose(g, fm_graph_batch(g, SIDE));
    fm_graph_expose(g, fm_graph_gradient(g, SIDE, SIDE));
    for (int i = 0; i < 4; i++)
        fm_graph_parameters(g, SIDE, SIDE);
    fm_graph_gradient(g, SIDE, SIDE);
    fm_graph_expose(g, fm_graph_gradient(g, SIDE, SIDE));
    static const fm_node nodes[] = {
        {.operation = FM_OP_GATHER, .operand = {PIXELS}},
        {.operation = FM_OP_LINEAR_FORWARD, .operand = {D, FM_NONE, B, PARAMETERS, FM_NONE}},
        {.operation = FM_OP_LINEAR_BACKWARD_INPUT, .operand = {C, A, PARAMETERS, FM_NONE}},
        {.operation = FM_OP_ACTIVATION_BACKWARD, .operand = {A, B}, .activation = FM_RELU},
        {.operation = FM_OP_LINEAR_BACKWARD_INPUT, .operand = {D, A, PARAMETERS, FM_NONE}},
        {.operation = FM_OP_LINEAR_FORWARD, .operand = {B, FM_NONE, C, PARAMETERS, FM_NONE}},
        {.operation = FM_OP_LINEAR_BACKWARD_PARAMETERS, .operand = {UPDATED, B, A}},
        {.operation = FM_OP_UPDATE, .operand = {PARAMETERS + 1, UPDATED}},
        {.operation = FM_OP_LINEAR_BACKWARD_PARAMETERS, .operand = {USED, PIXELS, A}},
        {.operation = FM_OP_UPDATE, .operand = {PARAMETERS + 2, USED}},
        {.operation = FM_OP_UPDATE, .operand = {PARAMETERS + 3, USED}},
        {.operation = FM_OP_LINEAR_BACKWARD_PARAMETERS, .operand = {USED, B, D}},
        {.operation = FM_OP_LINEAR_BACKWARD_PARAMETERS, .operand = {KEPT, C, D}},
        {.operation = FM_OP_LINEAR_BACKWARD_PARAMETERS, .operand = {KEPT, PIXELS, C}},
    };
    for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++)
        fm_graph_add(g, nodes[i]);
    CHECK_OK(fm_graph_check(g, &error), &error);
    return g;
}

static void run_strange(strange *out, fm_backend *backend, enum fm_compile how) {
    static uint8_t pixels[ROWS * SIDE];
    static float values[WEIGHTS];
    const fm_images images = {ROWS, SIDE, pixels, NULL};
    const fm_step step = {.rows = ROWS,
                          .batch_rows = ROWS,
                          .epoch = 1,
                          .update = {.rule = FM_UPDATE_SGD, .lr = 0.1f}};
    fm_graph *g = strange_graph();
    const fm_graph *graphs[] = {g};
    fm_parameters *parameters[4];
    fm_samples *samples = NULL;
    fm_plan *plan = NULL;
    fm_error error = {0};
    for (size_t i = 0; i < WEIGHTS; i++)
        values[i] = (float)(i % 23) / 23 - 0.4f;
    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = (uint8_t)(i * i % 251);
    for (int i = 0; i < 4; i++) {
        CHECK_OK(fm_parameters_create(&parameters[i], backend, SIDE, SIDE, 0, &error), &error);
        CHECK_OK(fm_parameters_write(parameters[i], 0, values, values, &error), &error);
    }
    CHECK_OK(fm_samples_create(&samples, backend, &images, &error), &error);
    CHECK_OK(fm_plan_compile(&plan, backend, graphs, 1, parameters, 4, how, &error), &error);
    for (int i = A; i <= B; i++)
        CHECK_OK(fm_plan_write(plan, 0, i, values + i, ROWS, &error), &error);
    CHECK_OK(fm_plan_run(plan, 0, samples, NULL, &step, &error), &error);
    for (int i = A; i <= PIXELS; i++)
        CHECK_OK(fm_plan_read(out->batch[i], plan, 0, i, ROWS, &error), &error);
    CHECK_OK(fm_plan_read(out->kept, plan, 0, KEPT, 1, &error), &error);
    CHECK_OK(fm_plan_read(out->updated, plan, 0, UPDATED, 1, &error), &error);
    for (int i = 0; i < 4; i++) {
        CHECK_OK(fm_parameters_read(out->parameters[i], out->parameters[i] + SIDE * SIDE,
                                    parameters[i], 0, &error),
                 &error);
        fm_parameters_free(parameters[i]);
    }
    fm_plan_free(plan);
    fm_samples_free(samples);
    fm_graph_free(g);
}

static void test_unusual_graph(void **state) {
    (void)state;
    static strange actual, expected;
    run_strange(&expected, reference, FM_COMPILE_FUSED);
    for (size_t i = 0; i < backend_count; i++)
        for (int how = FM_COMPILE_FUSED; how <= FM_COMPILE_COLUMNS; how++) {
            const char *name = backends[i].name;
            run_strange(&actual, backends[i].backend, (enum fm_compile)how);
            for (int t = A; t <= PIXELS; t++)
                check_close(actual.batch[t], expected.batch[t], ROWS * SIDE, TOLERANCE_TRAINING,
                            "%s, compiled as %d: tensor %d", name, how, t);
            check_close(actual.kept, expected.kept, WEIGHTS, TOLERANCE_TRAINING,
                        "%s, compiled as %d: gradient", name, how);
            check_close(actual.updated, expected.updated, WEIGHTS, TOLERANCE_TRAINING,
                        "%s, compiled as %d: gradient with an update", name, how);
            for (int p = 0; p < 4; p++)
                check_close(actual.parameters[p], expected.parameters[p], WEIGHTS,
                            TOLERANCE_TRAINING, "%s, compiled as %d: parameters %d", name, how, p);
        }
}

/* Two plans use the same parameters in turn, while other memory is allocated and freed. */
static void test_plans_share_parameters(void **state) {
    (void)state;
    static const enum stack_graph step[] = {STACK_STEP};
    static const size_t widths[] = {50, 33, 17, 10};
    const stack s = stack_plain(3, widths, FM_ELU, 64);
    for (size_t i = 0; i < backend_count; i++) {
        fm_error error = {0};
        fm_plan *other = NULL;
        fm_parameters *more = NULL;
        size_t count;
        stack_device d = stack_open(&s, backends[i].backend, FM_COMPILE_FUSED, 1, step);
        stack_device e = stack_open(&s, backends[i].backend, FM_COMPILE_FUSED, 1, step);
        fm_plan *own = d.plan;
        for (size_t n = 0; n < 4; n++) {
            stack_run(&e, 0, n * 40, 64 - n);
            d.plan = n % 2 ? other : own;
            stack_run(&d, 0, n * 40, 64 - n);
            if (n == 0) {
                CHECK_OK(fm_parameters_create(&more, d.backend, 500, 700, 2, &error), &error);
                CHECK_OK(fm_plan_compile(&other, d.backend, (const fm_graph *const *)d.graph, 1,
                                         d.parameters, d.parameter_count, FM_COMPILE_FUSED, &error),
                         &error);
            }
        }
        fm_parameters_free(more);
        fm_plan_free(other);
        d.plan = own;
        float *actual = stack_results(&d, &count), *expected = stack_results(&e, &count);
        assert_memory_equal(actual, expected, count * sizeof *actual);
        free(actual);
        free(expected);
        stack_close(&e);
        stack_close(&d);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_bits),
        cmocka_unit_test(test_against_the_reference),
        cmocka_unit_test(test_unusual_graph),
        cmocka_unit_test(test_plans_share_parameters),
    };
    return cmocka_run_group_tests(tests, backends_set_up, backends_tear_down);
}
