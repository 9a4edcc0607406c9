#include "backend/reference/reference.h"

#include <math.h>

#include "backend/reference/reference_product.h"

void fm_reference_gather(const fm_reference_run *run) {
    const size_t pixels = run->node->inputs;
    float *x = fm_reference_batch(run, 0);
    for (size_t i = 0; i < (size_t)run->step->rows; i++) {
        const uint8_t *image = fm_reference_image(run, i);
        for (size_t p = 0; p < pixels; p++)
            x[i * pixels + p] = (float)image[p] / 255.0f;
    }
}

static double activate(double z, enum fm_activation activation, double slope) {
    switch (activation) {
    case FM_RELU:
        return z < 0 ? 0 : z; /* keeps NaN */
    case FM_PRELU:
        return z < 0 ? slope * z : z;
    case FM_ELU:
        return z < 0 ? expm1(z) : z;
    case FM_IDENTITY:
    default:
        return z;
    }
}

/* activation'(z), from the output y. */
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

/* Rows of the block that begins at `first`. */
static size_t block_rows(size_t first, size_t rows) {
    return rows - first < FM_REFERENCE_ROWS ? rows - first : FM_REFERENCE_ROWS;
}

void fm_reference_linear_forward(const fm_reference_run *run) {
    const size_t inputs = run->node->inputs, outputs = run->node->outputs;
    const size_t rows = (size_t)run->step->rows;
    float *y = fm_reference_batch(run, 0), *z = fm_reference_batch(run, 1);
    const float *x = fm_reference_batch(run, 2), *weight = fm_reference_parameters(run, 3, 0);
    const float *bias = weight + outputs * inputs, *slope = fm_reference_parameters(run, 4, 0);
    for (size_t first = 0; first < rows; first += FM_REFERENCE_ROWS) {
        const reference_factor a = {x + first * inputs, inputs, 1}, b = {weight, inputs, 1};
        const size_t count = block_rows(first, rows);
        const double *sums;
        size_t stride;
        fm_reference_product(&sums, &stride, fm_reference_scratch(run), a, b, count, outputs,
                             inputs);
        for (size_t i = 0; i < count; i++) {
            const size_t at = (first + i) * outputs;
            for (size_t o = 0; o < outputs; o++) {
                double sum = sums[i * stride + o] + (double)bias[o];
                if (z)
                    z[at + o] = (float)sum;
                y[at + o] = (float)activate(sum, run->node->activation, slope ? (double)*slope : 0);
            }
        }
    }
}

void fm_reference_linear_backward_input(const fm_reference_run *run) {
    const size_t inputs = run->node->inputs, outputs = run->node->outputs;
    const size_t rows = (size_t)run->step->rows;
    float *dx = fm_reference_batch(run, 0);
    const float *dy = fm_reference_batch(run, 1), *weight = fm_reference_parameters(run, 2, 0);
    const float *x = fm_reference_batch(run, 3);
    for (size_t first = 0; first < rows; first += FM_REFERENCE_ROWS) {
        const reference_factor a = {dy + first * outputs, outputs, 1}, b = {weight, 1, inputs};
        const size_t count = block_rows(first, rows);
        const double *sums;
        size_t stride;
        fm_reference_product(&sums, &stride, fm_reference_scratch(run), a, b, count, inputs,
                             outputs);
        for (size_t i = 0; i < count; i++) {
            const size_t at = (first + i) * inputs;
            for (size_t k = 0; k < inputs; k++)
                dx[at + k] = (float)(sums[i * stride + k] *
                                     derivative(x ? (double)x[at + k] : 0, run->node->activation));
        }
    }
}

void fm_reference_linear_backward_parameters(const fm_reference_run *run) {
    const size_t inputs = run->node->inputs, outputs = run->node->outputs;
    const size_t rows = (size_t)run->step->rows;
    double *gradient = fm_reference_gradient(run, 0);
    const float *x = fm_reference_batch(run, 1), *dy = fm_reference_batch(run, 2);
    for (size_t first = 0; first < outputs; first += FM_REFERENCE_ROWS) {
        const reference_factor a = {dy + first, 1, outputs}, b = {x, 1, inputs};
        const size_t count = block_rows(first, outputs);
        const double *sums;
        size_t stride;
        fm_reference_product(&sums, &stride, fm_reference_scratch(run), a, b, count, inputs, rows);
        for (size_t o = 0; o < count; o++)
            for (size_t k = 0; k < inputs; k++)
                gradient[(first + o) * inputs + k] = sums[o * stride + k];
    }
    for (size_t o = 0; o < outputs; o++) {
        double sum = 0;
        for (size_t i = 0; i < rows; i++)
            sum += (double)dy[i * outputs + o];
        gradient[outputs * inputs + o] = sum;
    }
}

void fm_reference_activation_backward(const fm_reference_run *run) {
    float *dy = fm_reference_batch(run, 0);
    const float *y = fm_reference_batch(run, 1);
    for (size_t i = 0; i < (size_t)run->step->rows * run->node->outputs; i++)
        dy[i] = (float)((double)dy[i] * derivative((double)y[i], run->node->activation));
}

void fm_reference_prelu_backward(const fm_reference_run *run) {
    const size_t cols = run->node->outputs;
    float *dy = fm_reference_batch(run, 0);
    double *share = fm_reference_partial(run, 1);
    const float *z = fm_reference_batch(run, 2);
    const double slope = (double)*fm_reference_parameters(run, 3, 0);
    for (size_t i = 0; i < (size_t)run->step->rows; i++) {
        share[i] = 0;
        for (size_t c = i * cols; c < (i + 1) * cols; c++) {
            if (z[c] > 0)
                continue;
            share[i] += (double)dy[c] * (double)z[c];
            dy[c] = (float)((double)dy[c] * slope);
        }
    }
}

void fm_reference_prelu_backward_slope(const fm_reference_run *run) {
    double *gradient = fm_reference_gradient(run, 0);
    const double *share = fm_reference_partial(run, 1);
    *gradient = 0;
    for (size_t i = 0; i < (size_t)run->step->rows; i++)
        *gradient += share[i];
}
