/* Arguments that do not fit are refused in ops.c, whatever the implementation. */
#include "support/check.h"
#include "support/implementations.h"

static fm_ops *ops, *other;
static fm_matrix *x, *y, *dy, *wide, *foreign;
static fm_parameters *parameters, *slope;
static fm_samples *samples;
static fm_outcomes *outcomes;
static const uint8_t pixels[4 * 5], labels[4];

enum { ROWS = 3, INPUTS = 5, OUTPUTS = 10 };

#define REFUSED(call)                                                                              \
    do {                                                                                           \
        fm_error error = {0};                                                                      \
        assert_int_equal((call), FM_E_ARGUMENT);                                                   \
        assert_int_equal(error.status, FM_E_ARGUMENT);                                             \
        assert_true(error.why[0] != '\0');                                                         \
    } while (0)

static void test_creation(void **state) {
    (void)state;
    fm_matrix *m = NULL;
    fm_parameters *p = NULL;
    fm_outcomes *o = NULL;
    fm_samples *s = NULL;
    fm_images none = {.count = 0, .pixels = 5, .image = pixels, .label = labels};
    REFUSED(fm_matrix_create(&m, ops, 0, 5, &error));
    REFUSED(fm_matrix_create(&m, ops, 5, 0, &error));
    REFUSED(fm_matrix_create(&m, ops, 5, FM_MAX_COLS + 1, &error));
    REFUSED(fm_parameters_create(&p, ops, 0, 5, 0, &error));
    REFUSED(fm_parameters_create(&p, ops, 5, FM_MAX_COLS + 1, 0, &error));
    REFUSED(fm_parameters_create(&p, ops, 5, 5, 3, &error));
    REFUSED(fm_outcomes_create(&o, ops, 0, &error));
    REFUSED(fm_samples_create(&s, ops, &none, &error));
    assert_true(!m && !p && !o && !s);
}

static void test_batches(void **state) {
    (void)state;
    float values[4 * OUTPUTS];
    REFUSED(fm_matrix_read(values, y, ROWS + 1, &error));
    REFUSED(fm_matrix_read(values, y, 0, &error));
    REFUSED(fm_matrix_write(y, values, ROWS + 1, &error));
    REFUSED(fm_matrix_write(y, values, 0, &error));
    REFUSED(fm_parameters_read(values, values, parameters, 2, &error));
    REFUSED(fm_ops_gather(ops, x, samples, 2, 3, &error));
    REFUSED(fm_ops_gather(ops, x, samples, 0, 0, &error));
    REFUSED(fm_ops_gather(ops, y, samples, 0, 1, &error));
    REFUSED(fm_ops_gather(other, x, samples, 0, 1, &error));
    const uint32_t beyond[] = {0, 4};
    REFUSED(fm_samples_set_order(samples, beyond, 2, &error));
    REFUSED(fm_samples_set_order(samples, beyond, 5, &error));
    REFUSED(fm_outcomes_read(NULL, NULL, outcomes, 3, 2, &error));
    REFUSED(fm_ops_loss(ops, NULL, outcomes, y, samples, FM_MSE, 2, 3, &error));
    REFUSED(fm_ops_loss(ops, y, outcomes, y, samples, FM_MSE, 0, 3, &error));
    REFUSED(fm_ops_loss(ops, NULL, outcomes, x, samples, FM_MSE, 0, 3, &error));
}

static void test_layers(void **state) {
    (void)state;
    const fm_update keep = {.rule = FM_UPDATE_KEEP}, adam = {.rule = FM_UPDATE_ADAM};
    const fm_update none = {.rule = 77};
    REFUSED(fm_ops_linear_forward(ops, y, NULL, wide, parameters, FM_RELU, NULL, 1, &error));
    REFUSED(fm_ops_linear_forward(ops, wide, NULL, x, parameters, FM_RELU, NULL, 1, &error));
    REFUSED(fm_ops_linear_forward(ops, y, y, x, parameters, FM_RELU, NULL, 1, &error));
    REFUSED(fm_ops_linear_forward(ops, y, NULL, x, parameters, FM_RELU, NULL, ROWS + 1, &error));
    REFUSED(fm_ops_linear_forward(ops, y, NULL, x, parameters, FM_PRELU, NULL, 1, &error));
    REFUSED(fm_ops_linear_forward(ops, y, NULL, x, parameters, FM_PRELU, parameters, 1, &error));
    REFUSED(fm_ops_linear_forward(ops, foreign, NULL, x, parameters, FM_RELU, NULL, 1, &error));
    REFUSED(fm_ops_linear_backward_input(ops, x, y, parameters, FM_PRELU, x, 1, &error));
    REFUSED(fm_ops_linear_backward_input(ops, x, y, parameters, FM_RELU, NULL, 1, &error));
    REFUSED(fm_ops_linear_backward_input(ops, y, x, parameters, FM_IDENTITY, NULL, 1, &error));
    REFUSED(fm_ops_linear_backward_parameters(ops, parameters, x, y, &adam, 1, &error));
    REFUSED(fm_ops_linear_backward_parameters(ops, parameters, x, y, &none, 1, &error));
    REFUSED(fm_ops_linear_backward_parameters(ops, parameters, y, x, &keep, 1, &error));
    REFUSED(fm_ops_prelu_backward(ops, y, x, slope, &keep, 1, &error));
    REFUSED(fm_ops_prelu_backward(ops, y, dy, parameters, &keep, 1, &error));
    REFUSED(fm_ops_prelu_backward(ops, y, dy, slope, &keep, ROWS + 1, &error));
}

static int open_all(void **state) {
    (void)state;
    const fm_images images = {.count = 4, .pixels = INPUTS, .image = pixels, .label = labels};
    ops = implementation_reference();
    other = implementation_reference();
    return fm_matrix_create(&x, ops, ROWS, INPUTS, NULL) ||
           fm_matrix_create(&y, ops, ROWS, OUTPUTS, NULL) ||
           fm_matrix_create(&dy, ops, ROWS, OUTPUTS, NULL) ||
           fm_matrix_create(&wide, ops, ROWS, INPUTS + 1, NULL) ||
           fm_matrix_create(&foreign, other, ROWS, OUTPUTS, NULL) ||
           fm_parameters_create(&parameters, ops, OUTPUTS, INPUTS, 1, NULL) ||
           fm_parameters_create(&slope, ops, 1, 0, 1, NULL) ||
           fm_samples_create(&samples, ops, &images, NULL) ||
           fm_outcomes_create(&outcomes, ops, 4, NULL);
}

static int close_all(void **state) {
    (void)state;
    fm_outcomes_free(outcomes);
    fm_samples_free(samples);
    fm_parameters_free(slope);
    fm_parameters_free(parameters);
    fm_matrix_free(foreign);
    fm_matrix_free(wide);
    fm_matrix_free(dy);
    fm_matrix_free(y);
    fm_matrix_free(x);
    fm_ops_free(other);
    fm_ops_free(ops);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_creation),
        cmocka_unit_test(test_batches),
        cmocka_unit_test(test_layers),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
