/* The linear layer of every implementation against the reference, over the table of cases. */
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "optim/schedule.h"
#include "support/cases.h"
#include "support/check.h"
#include "support/parity.h"
#include "support/tolerances.h"

/* More rows than the batch has, as after a larger batch: they hold NaN and must not matter. */
enum { STALE_ROWS = 3 };

static float *random_values(size_t count, uint64_t seed, float least, float width) {
    fm_random random;
    float *values = malloc((count ? count : 1) * sizeof *values);
    assert_non_null(values);
    fm_random_seed(&random, seed, 99);
    for (size_t i = 0; i < count; i++)
        values[i] = least + width * fm_random_unit(&random);
    return values;
}

static fm_matrix *matrix_of(fm_ops *ops, const float *values, size_t rows, size_t cols) {
    fm_error error = {0};
    fm_matrix *matrix = NULL;
    size_t all = (rows + STALE_ROWS) * cols;
    float *stale = malloc(all * sizeof *stale);
    assert_non_null(stale);
    for (size_t i = 0; i < all; i++)
        stale[i] = NAN;
    CHECK_OK(fm_matrix_create(&matrix, ops, rows + STALE_ROWS, cols, &error), &error);
    CHECK_OK(fm_matrix_write(matrix, stale, rows + STALE_ROWS, &error), &error);
    if (values)
        CHECK_OK(fm_matrix_write(matrix, values, rows, &error), &error);
    free(stale);
    return matrix;
}

/* What a layer works on: the same values on any device. */
typedef struct layer {
    fm_ops *ops;
    layer_case size;
    fm_matrix *x, *y, *z, *dy, *dx;
    fm_parameters *parameters, *slope;
} layer;

static layer layer_open(fm_ops *ops, layer_case size) {
    fm_error error = {0};
    layer l = {.ops = ops, .size = size};
    size_t weights = size.inputs * size.outputs;
    float *x = random_values(size.rows * size.inputs, 1, -0.5f, 1);
    float *dy = random_values(size.rows * size.outputs, 2, -0.5f, 1);
    float slope = 0.25f;
    l.x = matrix_of(ops, x, size.rows, size.inputs);
    l.y = matrix_of(ops, NULL, size.rows, size.outputs);
    l.z = matrix_of(ops, NULL, size.rows, size.outputs);
    l.dy = matrix_of(ops, dy, size.rows, size.outputs);
    l.dx = matrix_of(ops, NULL, size.rows, size.inputs);
    CHECK_OK(fm_parameters_create(&l.parameters, ops, size.outputs, size.inputs, 2, &error),
             &error);
    CHECK_OK(fm_parameters_create(&l.slope, ops, 1, 0, 2, &error), &error);
    CHECK_OK(fm_parameters_write(l.slope, 0, NULL, &slope, &error), &error);
    /* The state is that of a training under way; what is squared is not negative. */
    for (size_t slot = 0; slot < 3; slot++) {
        float least = slot == 0 ? -0.5f : slot == 1 ? 0.0f : 0.01f;
        float *weight = random_values(weights, 10 + slot, least, 1);
        float *bias = random_values(size.outputs, 20 + slot, least, 1);
        CHECK_OK(fm_parameters_write(l.parameters, slot, weight, bias, &error), &error);
        free(weight);
        free(bias);
    }
    free(x);
    free(dy);
    return l;
}

static void layer_close(layer *l) {
    fm_matrix_free(l->x);
    fm_matrix_free(l->y);
    fm_matrix_free(l->z);
    fm_matrix_free(l->dy);
    fm_matrix_free(l->dx);
    fm_parameters_free(l->parameters);
    fm_parameters_free(l->slope);
}

static float *matrix_values(fm_matrix *matrix, size_t rows, size_t cols) {
    fm_error error = {0};
    float *values = malloc(rows * cols * sizeof *values);
    assert_non_null(values);
    CHECK_OK(fm_matrix_read(values, matrix, rows, &error), &error);
    return values;
}

static void compare_matrices(fm_matrix *actual, fm_matrix *expected, size_t rows, size_t cols,
                             double tolerance, const char *what) {
    float *a = matrix_values(actual, rows, cols), *e = matrix_values(expected, rows, cols);
    check_close(a, e, rows * cols, tolerance, "%s", what);
    free(a);
    free(e);
}

static void compare_parameters(const layer *actual, const layer *expected, double tolerance,
                               const char *what) {
    fm_error error = {0};
    size_t weights = actual->size.inputs * actual->size.outputs, outputs = actual->size.outputs;
    float *a = malloc((weights + outputs) * sizeof *a),
          *e = malloc((weights + outputs) * sizeof *e);
    assert_true(a && e);
    for (size_t slot = 0; slot < 3; slot++) {
        CHECK_OK(fm_parameters_read(a, a + weights, actual->parameters, slot, &error), &error);
        CHECK_OK(fm_parameters_read(e, e + weights, expected->parameters, slot, &error), &error);
        check_close(a, e, weights, tolerance, "%s, weights, slot %zu", what, slot);
        check_close(a + weights, e + weights, outputs, tolerance, "%s, bias, slot %zu", what, slot);
    }
    free(a);
    free(e);
}

static const char *describe(const char *operation, const char *detail, const implementation *with,
                            layer_case size) {
    static char text[200];
    snprintf(text, sizeof text, "%s (%s) on %s, %zu x %zu -> %zu", operation, detail, with->name,
             size.rows, size.inputs, size.outputs);
    return text;
}

static void check_forward(const implementation *with, layer_case size) {
    fm_error error = {0};
    for (int kind = FM_IDENTITY; kind <= FM_ELU; kind++) {
        layer a = layer_open(with->ops, size), e = layer_open(reference, size);
        enum fm_activation activation = (enum fm_activation)kind;
        layer *both[] = {&a, &e};
        for (int i = 0; i < 2; i++)
            CHECK_OK(fm_ops_linear_forward(both[i]->ops, both[i]->y, both[i]->z, both[i]->x,
                                           both[i]->parameters, activation,
                                           activation == FM_PRELU ? both[i]->slope : NULL,
                                           size.rows, &error),
                     &error);
        const char *what = describe("forward", fm_activation_name(activation), with, size);
        double tolerance = TOLERANCE_PRODUCT(size.inputs) + TOLERANCE_ELEMENTWISE;
        compare_matrices(a.y, e.y, size.rows, size.outputs, tolerance, what);
        compare_matrices(a.z, e.z, size.rows, size.outputs, tolerance, what);
        layer_close(&a);
        layer_close(&e);
    }
}

static void check_backward_input(const implementation *with, layer_case size) {
    static const enum fm_activation kinds[] = {FM_IDENTITY, FM_RELU, FM_ELU};
    fm_error error = {0};
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        layer a = layer_open(with->ops, size), e = layer_open(reference, size);
        layer *both[] = {&a, &e};
        for (int i = 0; i < 2; i++)
            CHECK_OK(fm_ops_linear_backward_input(
                         both[i]->ops, both[i]->dx, both[i]->dy, both[i]->parameters, kinds[k],
                         kinds[k] == FM_IDENTITY ? NULL : both[i]->x, size.rows, &error),
                     &error);
        const char *what = describe("backward input", fm_activation_name(kinds[k]), with, size);
        compare_matrices(a.dx, e.dx, size.rows, size.inputs, TOLERANCE_PRODUCT(size.outputs), what);
        layer_close(&a);
        layer_close(&e);
    }
}

static void check_backward_parameters(const implementation *with, layer_case size) {
    fm_error error = {0};
    /* The gradient itself, then each optimiser's third step. */
    for (size_t o = 0; o <= optimizer_case_count; o++) {
        fm_update update = {.rule = FM_UPDATE_KEEP};
        const char *name = "gradient";
        if (o) {
            fm_schedule_update(&update, &optimizer_cases[o - 1].optimizer, 3);
            name = optimizer_cases[o - 1].name;
        }
        layer a = layer_open(with->ops, size), e = layer_open(reference, size);
        layer *both[] = {&a, &e};
        for (int i = 0; i < 2; i++)
            CHECK_OK(fm_ops_linear_backward_parameters(both[i]->ops, both[i]->parameters,
                                                       both[i]->x, both[i]->dy, &update, size.rows,
                                                       &error),
                     &error);
        compare_parameters(&a, &e, TOLERANCE_UPDATE(size.rows),
                           describe("backward parameters", name, with, size));
        layer_close(&a);
        layer_close(&e);
    }
}

static void each_case(void (*check)(const implementation *, layer_case)) {
    for (size_t i = 0; i < implementation_count; i++)
        for (size_t c = 0; c < layer_case_count; c++) {
            const layer_case *size = &layer_cases[c];
            if (layer_case_is_wanted(size) &&
                size->rows * size->inputs * size->outputs <= implementations[i].most_products)
                check(&implementations[i], *size);
        }
}

static void test_forward(void **state) {
    (void)state;
    each_case(check_forward);
}

static void test_backward_input(void **state) {
    (void)state;
    each_case(check_backward_input);
}

static void test_backward_parameters(void **state) {
    (void)state;
    each_case(check_backward_parameters);
}

/* What is written in rows comes back in rows, whatever the device's layout. */
static void test_parameters_round_trip(void **state) {
    (void)state;
    for (size_t i = 0; i < implementation_count; i++)
        for (size_t c = 0; c < layer_case_count; c++) {
            layer a = layer_open(implementations[i].ops, layer_cases[c]);
            layer e = layer_open(reference, layer_cases[c]);
            compare_parameters(&a, &e, 0, implementations[i].name);
            layer_close(&a);
            layer_close(&e);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parameters_round_trip),
        cmocka_unit_test(test_forward),
        cmocka_unit_test(test_backward_input),
        cmocka_unit_test(test_backward_parameters),
    };
    return cmocka_run_group_tests(tests, parity_set_up, parity_tear_down);
}
