/* The reference's layers: gather, the linear layer's three products, PReLU's backward. Loops run
 * so that the innermost goes along a row: the compiler turns it into vectors without changing the
 * order of any sum. */
#include <math.h>

#include "ops/reference_memory.h"

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
    const float *weight = ((reference_parameters *)parameters)->values;
    size_t outputs = parameters->outputs, inputs = parameters->inputs;
    const float *bias = weight + outputs * inputs;
    double a = slope ? (double)((reference_parameters *)slope)->values[0] : 0;
    for (size_t i = 0; i < rows; i++) {
        const float *in = ((reference_matrix *)x)->values + i * inputs;
        for (size_t o = 0; o < outputs; o++) {
            const float *row = weight + o * inputs;
            /* Eight sums side by side: independent, so that they can be one vector. */
            double sums[8] = {0};
            size_t k = 0;
            for (; k + 8 <= inputs; k += 8)
                for (size_t lane = 0; lane < 8; lane++)
                    sums[lane] += (double)in[k + lane] * (double)row[k + lane];
            double sum = bias[o];
            for (; k < inputs; k++)
                sum += (double)in[k] * (double)row[k];
            for (size_t lane = 0; lane < 8; lane++)
                sum += sums[lane];
            if (z)
                ((reference_matrix *)z)->values[i * outputs + o] = (float)sum;
            ((reference_matrix *)y)->values[i * outputs + o] = (float)activate(sum, activation, a);
        }
    }
    return FM_OK;
}

int fm_reference_linear_backward_input(fm_ops *ops, fm_matrix *dx, fm_matrix *dy,
                                       fm_parameters *parameters, enum fm_activation activation,
                                       fm_matrix *y, size_t rows, fm_error *error) {
    (void)ops;
    (void)error;
    const float *weight = ((reference_parameters *)parameters)->values;
    size_t outputs = parameters->outputs, inputs = parameters->inputs;
    for (size_t i = 0; i < rows; i++) {
        double sums[FM_MAX_COLS];
        for (size_t k = 0; k < inputs; k++)
            sums[k] = 0;
        for (size_t o = 0; o < outputs; o++) {
            double g = ((reference_matrix *)dy)->values[i * outputs + o];
            for (size_t k = 0; k < inputs; k++)
                sums[k] += g * (double)weight[o * inputs + k];
        }
        float *out = ((reference_matrix *)dx)->values + i * inputs;
        for (size_t k = 0; k < inputs; k++) {
            double below = y ? (double)((reference_matrix *)y)->values[i * inputs + k] : 0;
            out[k] = (float)(sums[k] * derivative(below, activation));
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
    size_t outputs = parameters->outputs, inputs = parameters->inputs;
    for (size_t o = 0; o < outputs; o++) {
        double *gradient = p->gradient;
        for (size_t k = 0; k <= inputs; k++)
            gradient[k] = 0;
        for (size_t i = 0; i < rows; i++) {
            double g = ((reference_matrix *)dy)->values[i * outputs + o];
            const float *in = ((reference_matrix *)x)->values + i * inputs;
            for (size_t k = 0; k < inputs; k++)
                gradient[k] += g * (double)in[k];
            gradient[inputs] += g;
        }
        for (size_t k = 0; k < inputs; k++)
            fm_reference_update(p->values + o * inputs + k, p->size, gradient[k], update);
        fm_reference_update(p->values + outputs * inputs + o, p->size, gradient[inputs], update);
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
    fm_reference_update(p->values, p->size, gradient, update);
    return FM_OK;
}
