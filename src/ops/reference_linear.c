/* The reference's layers: gather, the linear layer's three products, PReLU's backward. */
#include <math.h>

#include "ops/reference_memory.h"
#include "ops/reference_product.h"

int fm_reference_gather(fm_ops *ops, fm_matrix *x, fm_samples *samples, size_t first, size_t rows,
                        fm_error *error) {
    (void)ops;
    (void)error;
    const reference_samples *s = (reference_samples *)samples;
    float *out = ((reference_matrix *)x)->values;
    for (size_t i = 0; i < rows; i++) {
        const uint8_t *image = s->images.image + (size_t)s->order[first + i] * x->cols;
        for (size_t p = 0; p < x->cols; p++)
            out[i * x->cols + p] = (float)image[p] / 255.0f;
    }
    return FM_OK;
}

static double activate(double z, enum fm_activation activation, double slope) {
    switch (activation) {
    case FM_RELU:
        return z < 0 ? 0 : z; /* a NaN stays one */
    case FM_PRELU:
        return z < 0 ? slope * z : z;
    case FM_ELU:
        return z < 0 ? expm1(z) : z;
    case FM_IDENTITY:
    default:
        return z;
    }
}

static float *values_of(fm_matrix *matrix) {
    return ((reference_matrix *)matrix)->values;
}

/* Rows of the block that begins there. */
static size_t block_rows(size_t first, size_t rows) {
    return rows - first < FM_REFERENCE_ROWS ? rows - first : FM_REFERENCE_ROWS;
}

/* activation'(z), told from the output y. */
static double derivative(double y, enum fm_activation activation) {
    switch (activation) {
    case FM_RELU:
        return y <= 0 ? 0 : 1;
    case FM_ELU:
        return y <= 0 ? y + 1 : 1;
    case FM_IDENTITY:
    case FM_PRELU:
    default:
        return 1;
    }
}

int fm_reference_linear_forward(fm_ops *ops, fm_matrix *y, fm_matrix *z, fm_matrix *x,
                                fm_parameters *parameters, enum fm_activation activation,
                                fm_parameters *slope, size_t rows, fm_error *error) {
    (void)ops;
    (void)error;
    const reference_parameters *p = (reference_parameters *)parameters;
    const size_t outputs = parameters->outputs, inputs = parameters->inputs;
    const float *bias = p->values + outputs * inputs;
    const double a = slope ? (double)((reference_parameters *)slope)->values[0] : 0;
    for (size_t first = 0; first < rows; first += FM_REFERENCE_ROWS) {
        const reference_factor in = {values_of(x) + first * inputs, inputs, 1};
        const reference_factor weight = {p->values, inputs, 1};
        const size_t count = block_rows(first, rows);
        const double *sums;
        size_t stride;
        fm_reference_product(&sums, &stride, p->scratch, in, weight, count, outputs, inputs);
        for (size_t i = 0; i < count; i++) {
            const size_t at = (first + i) * outputs;
            for (size_t o = 0; o < outputs; o++) {
                double sum = sums[i * stride + o] + (double)bias[o];
                if (z)
                    values_of(z)[at + o] = (float)sum;
                values_of(y)[at + o] = (float)activate(sum, activation, a);
            }
        }
    }
    return FM_OK;
}

int fm_reference_linear_backward_input(fm_ops *ops, fm_matrix *dx, fm_matrix *dy,
                                       fm_parameters *parameters, enum fm_activation activation,
                                       fm_matrix *y, size_t rows, fm_error *error) {
    (void)ops;
    (void)error;
    const reference_parameters *p = (reference_parameters *)parameters;
    const size_t outputs = parameters->outputs, inputs = parameters->inputs;
    for (size_t first = 0; first < rows; first += FM_REFERENCE_ROWS) {
        const reference_factor out = {values_of(dy) + first * outputs, outputs, 1};
        const reference_factor weight = {p->values, 1, inputs};
        const size_t count = block_rows(first, rows);
        const double *sums;
        size_t stride;
        fm_reference_product(&sums, &stride, p->scratch, out, weight, count, inputs, outputs);
        for (size_t i = 0; i < count; i++) {
            const size_t at = (first + i) * inputs;
            for (size_t k = 0; k < inputs; k++) {
                double below = y ? (double)values_of(y)[at + k] : 0;
                values_of(dx)[at + k] =
                    (float)(sums[i * stride + k] * derivative(below, activation));
            }
        }
    }
    return FM_OK;
}

int fm_reference_linear_backward_parameters(fm_ops *ops, fm_parameters *parameters, fm_matrix *x,
                                            fm_matrix *dy, const fm_update *update, size_t rows,
                                            fm_error *error) {
    (void)ops;
    (void)error;
    reference_parameters *p = (reference_parameters *)parameters;
    const size_t outputs = parameters->outputs, inputs = parameters->inputs;
    for (size_t first = 0; first < outputs; first += FM_REFERENCE_ROWS) {
        const reference_factor out = {values_of(dy) + first, 1, outputs};
        const reference_factor in = {values_of(x), 1, inputs};
        const size_t count = block_rows(first, outputs);
        const double *sums;
        size_t stride;
        fm_reference_product(&sums, &stride, p->scratch, out, in, count, inputs, rows);
        for (size_t o = 0; o < count; o++)
            fm_reference_update(p->values + (first + o) * inputs, p->size, sums + o * stride,
                                inputs, update);
    }
    for (size_t o = 0; o < outputs; o++) {
        double gradient = 0;
        for (size_t i = 0; i < rows; i++)
            gradient += (double)values_of(dy)[i * outputs + o];
        fm_reference_update(p->values + outputs * inputs + o, p->size, &gradient, 1, update);
    }
    return FM_OK;
}

int fm_reference_prelu_backward(fm_ops *ops, fm_matrix *dy, fm_matrix *z, fm_parameters *slope,
                                const fm_update *update, size_t rows, fm_error *error) {
    (void)ops;
    (void)error;
    reference_parameters *p = (reference_parameters *)slope;
    double a = (double)p->values[0], gradient = 0;
    for (size_t i = 0; i < rows * dy->cols; i++) {
        double zi = ((reference_matrix *)z)->values[i];
        float *g = ((reference_matrix *)dy)->values + i;
        if (!(zi > 0)) {
            gradient += (double)*g * zi;
            *g = (float)((double)*g * a);
        }
    }
    fm_reference_update(p->values, p->size, &gradient, 1, update);
    return FM_OK;
}
