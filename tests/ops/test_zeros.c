/* Layers whose inputs are zero in many places, on every implementation against the reference:
 * pixels that were gathered, and what a ReLU let pass. Only such inputs are looked through for
 * zeros to leave out; those that a host wrote, as test_linear.c does, never. */
#include <stdlib.h>

#include "base/random.h"
#include "optim/schedule.h"
#include "support/cases.h"
#include "support/check.h"
#include "support/parity.h"
#include "support/tolerances.h"

enum { SLOTS = 2 };

/* A layer, over pixels or over the output of a ReLU whose own layer is `below`. */
typedef struct stage {
    fm_ops *ops;
    layer_case size;
    enum zeros where;
    uint8_t *image;
    fm_samples *samples;
    fm_parameters *below, *layer;
    fm_matrix *x, *hidden, *y, *dy, *dhidden;
    fm_random random;
    fm_error error;
} stage;

#define DO(call) CHECK_OK(call, &s->error)

static float *allocate(size_t count) {
    float *values = malloc(count * sizeof *values);
    assert_non_null(values);
    return values;
}

static float *draw(stage *s, size_t count, float least) {
    float *values = allocate(count);
    for (size_t i = 0; i < count; i++)
        values[i] = least + fm_random_unit(&s->random);
    return values;
}

/* The images: zeros in their places when they are the layer's input, `dead` where the ReLU is to
 * let nothing pass. All other pixels may be anything from `least` on. */
static void put_pixels(stage *s, uint8_t dead, uint8_t least) {
    size_t count = s->size.rows, pixels = s->size.inputs;
    s->image = malloc(count * pixels);
    assert_non_null(s->image);
    for (size_t row = 0; row < count; row++)
        for (size_t k = 0; k < pixels; k++)
            s->image[row * pixels + k] =
                zeros_has(s->where, &s->size, row, k)
                    ? dead
                    : (uint8_t)(least + fm_random_below(&s->random, 256U - least));
    const fm_images images = {count, pixels, s->image, NULL};
    DO(fm_samples_create(&s->samples, s->ops, &images, &s->error));
    DO(fm_matrix_create(&s->x, s->ops, count, pixels, &s->error));
    DO(fm_ops_gather(s->ops, s->x, s->samples, 0, count, &s->error));
}

/* What is squared in the state is not negative. */
static void put_layer(stage *s) {
    size_t outputs = s->size.outputs, inputs = s->size.inputs;
    DO(fm_parameters_create(&s->layer, s->ops, outputs, inputs, SLOTS, &s->error));
    for (size_t slot = 0; slot <= SLOTS; slot++) {
        float least = slot == 0 ? -0.5f : slot == 1 ? 0.0f : 0.01f;
        float *weight = draw(s, outputs * inputs, least), *bias = draw(s, outputs, least);
        DO(fm_parameters_write(s->layer, slot, weight, bias, &s->error));
        free(weight);
        free(bias);
    }
}

static void put_matrix(stage *s, fm_matrix **out, size_t cols, float least) {
    float *values = draw(s, s->size.rows * cols, least);
    DO(fm_matrix_create(out, s->ops, s->size.rows, cols, &s->error));
    DO(fm_matrix_write(*out, values, s->size.rows, &s->error));
    free(values);
}

static void stage_open(stage *s, fm_ops *ops, const zeros_case *which) {
    *s = (stage){.ops = ops, .size = which->size, .where = which->where};
    fm_random_seed(&s->random, which->size.rows, 99);
    put_layer(s);
    put_matrix(s, &s->y, s->size.outputs, 0);
    put_matrix(s, &s->dy, s->size.outputs, -0.5f);
}

static void stage_close(stage *s) {
    fm_samples_free(s->samples);
    free(s->image);
    fm_matrix_free(s->x);
    fm_matrix_free(s->hidden);
    fm_matrix_free(s->y);
    fm_matrix_free(s->dy);
    fm_matrix_free(s->dhidden);
    fm_parameters_free(s->below);
    fm_parameters_free(s->layer);
}

/* hidden = ReLU(x - 1/2), pixel by pixel: where x is 1/4 nothing passes. The units that are dead in
 * all rows are so in two ways, every other one with a negative zero. */
static void hide(stage *s) {
    size_t rows = s->size.rows, units = s->size.inputs;
    float *weight = calloc(units * units, sizeof *weight), *bias = allocate(units);
    assert_non_null(weight);
    for (size_t u = 0; u < units; u++) {
        size_t dead = 0;
        for (size_t row = 0; row < rows; row++)
            dead += (size_t)zeros_has(s->where, &s->size, row, u);
        int is_negative_zero = dead == rows && u % 2;
        weight[u * units + u] = 1;
        for (size_t k = 0; is_negative_zero && k < units; k++)
            weight[u * units + k] = -0.0f;
        bias[u] = is_negative_zero ? -0.0f : -0.5f;
    }
    DO(fm_parameters_create(&s->below, s->ops, units, units, 0, &s->error));
    DO(fm_parameters_write(s->below, 0, weight, bias, &s->error));
    free(weight);
    free(bias);
    put_matrix(s, &s->hidden, units, 0);
    put_matrix(s, &s->dhidden, units, 0);
    DO(fm_ops_linear_forward(s->ops, s->hidden, NULL, s->x, s->below, FM_RELU, NULL, rows,
                             &s->error));
}

static void go(stage *s, const fm_update *update) {
    fm_matrix *x = s->hidden ? s->hidden : s->x;
    DO(fm_ops_linear_forward(s->ops, s->y, NULL, x, s->layer, FM_IDENTITY, NULL, s->size.rows,
                             &s->error));
    if (s->hidden)
        DO(fm_ops_linear_backward_input(s->ops, s->dhidden, s->dy, s->layer, FM_RELU, s->hidden,
                                        s->size.rows, &s->error));
    DO(fm_ops_linear_backward_parameters(s->ops, s->layer, x, s->dy, update, s->size.rows,
                                         &s->error));
}

/* ---- What comes out ---- */

static void compare(const stage *actual, fm_matrix *a, fm_matrix *e, size_t cols, size_t length,
                    const char *what, const char *of) {
    fm_error error = {0};
    size_t rows = actual->size.rows;
    float *left = allocate(rows * cols), *right = allocate(rows * cols);
    CHECK_OK(fm_matrix_read(left, a, rows, &error), &error);
    CHECK_OK(fm_matrix_read(right, e, rows, &error), &error);
    check_close(left, right, rows * cols, TOLERANCE_PRODUCT(length) + TOLERANCE_ELEMENTWISE,
                "%s, %s", what, of);
    free(left);
    free(right);
}

static void compare_layers(const stage *actual, const stage *expected, const char *what) {
    fm_error error = {0};
    size_t weights = actual->size.inputs * actual->size.outputs, outputs = actual->size.outputs;
    float *a = allocate(weights + outputs), *e = allocate(weights + outputs);
    for (size_t slot = 0; slot <= SLOTS; slot++) {
        double tolerance = TOLERANCE_UPDATE(actual->size.rows);
        CHECK_OK(fm_parameters_read(a, a + weights, actual->layer, slot, &error), &error);
        CHECK_OK(fm_parameters_read(e, e + weights, expected->layer, slot, &error), &error);
        check_close(a, e, weights, tolerance, "%s, weights, slot %zu", what, slot);
        check_close(a + weights, e + weights, outputs, tolerance, "%s, bias, slot %zu", what, slot);
    }
    free(a);
    free(e);
}

/* That the zeros are where the case wants them, and nowhere else. */
static void expect_zeros(const stage *s) {
    fm_error error = {0};
    size_t rows = s->size.rows, units = s->size.inputs;
    float *values = allocate(rows * units);
    CHECK_OK(fm_matrix_read(values, s->hidden, rows, &error), &error);
    for (size_t row = 0; row < rows; row++)
        for (size_t u = 0; u < units; u++)
            assert_int_equal(values[row * units + u] == 0.0f,
                             zeros_has(s->where, &s->size, row, u));
    free(values);
}

enum layer_below { PIXELS, RELU };

static void check_case(const implementation *with, const zeros_case *which, enum layer_below below,
                       const optimizer_case *optimizer) {
    fm_update update = {.rule = FM_UPDATE_KEEP};
    fm_ops *ops[] = {with->ops, reference};
    stage both[2];
    char what[200];
    if (optimizer)
        fm_schedule_update(&update, &optimizer->optimizer, 3);
    for (int i = 0; i < 2; i++) {
        stage_open(&both[i], ops[i], which);
        put_pixels(&both[i], below == RELU ? 64 : 0, below == RELU ? 160 : 1);
        if (below == RELU)
            hide(&both[i]);
        go(&both[i], &update);
    }
    snprintf(what, sizeof what, "%s: %s, %zu x %zu -> %zu, %s, %s", with->name,
             below == RELU ? "relu" : "pixels", which->size.rows, which->size.inputs,
             which->size.outputs, zeros_name(which->where),
             optimizer ? optimizer->name : "gradient");
    compare(&both[0], both[0].y, both[1].y, which->size.outputs, which->size.inputs, what, "y");
    if (below == RELU) {
        expect_zeros(&both[0]);
        compare(&both[0], both[0].dhidden, both[1].dhidden, which->size.inputs, which->size.outputs,
                what, "dx");
    }
    compare_layers(&both[0], &both[1], what);
    stage_close(&both[0]);
    stage_close(&both[1]);
}

/* The gradient itself, and one optimiser's third step, in turn. */
static void check_pattern(const implementation *with, const zeros_case *which,
                          enum layer_below below, size_t turn) {
    check_case(with, which, below, NULL);
    check_case(with, which, below, &optimizer_cases[turn % optimizer_case_count]);
}

/* The layer below a ReLU has as many inputs as outputs: with thousands of them it would take the
 * test seconds. */
enum { MOST_UNITS = 128 };

static void each_case(enum layer_below below) {
    for (size_t i = 0; i < implementation_count; i++) {
        size_t turn = 0;
        for (size_t c = 0; c < zeros_case_count; c++) {
            zeros_case which = zeros_cases[c];
            const layer_case *size = &which.size;
            if (!layer_case_is_wanted(size) || (below == RELU && size->inputs > MOST_UNITS) ||
                size->rows * size->inputs * size->outputs > implementations[i].most_products)
                continue;
            if (which.where != ZEROS_EVERY_PATTERN) {
                check_pattern(&implementations[i], &which, below, turn++);
                continue;
            }
            for (int where = 0; where < ZEROS_EVERY_PATTERN; where++) {
                which.where = (enum zeros)where;
                check_pattern(&implementations[i], &which, below, turn++);
            }
        }
    }
}

static void test_pixels(void **state) {
    (void)state;
    each_case(PIXELS);
}

static void test_relu(void **state) {
    (void)state;
    each_case(RELU);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pixels),
        cmocka_unit_test(test_relu),
    };
    return cmocka_run_group_tests(tests, parity_set_up, parity_tear_down);
}
