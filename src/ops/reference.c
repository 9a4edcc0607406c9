/* The reference: what lives on the host, and the table. The operations are in reference_linear.c
 * and reference_loss.c. */
#include "ops/reference.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "ops/reference_memory.h"
#include "ops/reference_product.h"

static int matrix_create(fm_matrix **out, fm_ops *ops, size_t rows, size_t cols, fm_error *error) {
    reference_matrix *matrix = NULL;
    int status = fm_memory_allocate(&matrix, 1, sizeof *matrix, "a matrix", error);
    if (status)
        return status;
    status = fm_memory_allocate(&matrix->values, rows * cols, sizeof(float), "a matrix", error);
    if (status) {
        free(matrix);
        return status;
    }
    matrix->base = (fm_matrix){.ops = ops, .rows = rows, .cols = cols};
    *out = &matrix->base;
    return FM_OK;
}

static void matrix_free(fm_matrix *matrix) {
    free(((reference_matrix *)matrix)->values);
    free(matrix);
}

static int matrix_write(fm_matrix *matrix, const float *values, size_t rows, fm_error *error) {
    (void)error;
    memcpy(((reference_matrix *)matrix)->values, values, rows * matrix->cols * sizeof(float));
    return FM_OK;
}

static int matrix_read(float *out, fm_matrix *matrix, size_t rows, fm_error *error) {
    (void)error;
    memcpy(out, ((reference_matrix *)matrix)->values, rows * matrix->cols * sizeof(float));
    return FM_OK;
}

static void parameters_free(fm_parameters *parameters) {
    reference_parameters *p = (reference_parameters *)parameters;
    free(p->scratch);
    free(p->values);
    free(p);
}

static int parameters_create(fm_parameters **out, fm_ops *ops, size_t outputs, size_t inputs,
                             size_t slots, fm_error *error) {
    reference_parameters *p = NULL;
    int status = fm_memory_allocate(&p, 1, sizeof *p, "parameters", error);
    if (status)
        return status;
    p->base = (fm_parameters){.ops = ops, .outputs = outputs, .inputs = inputs, .slots = slots};
    p->size = outputs * (inputs + 1);
    status =
        fm_memory_allocate(&p->values, p->size * (slots + 1), sizeof(float), "parameters", error);
    if (!status)
        status = fm_memory_allocate(&p->scratch,
                                    fm_reference_product_space(inputs > outputs ? inputs : outputs),
                                    sizeof(double), "scratch", error);
    if (status) {
        parameters_free(&p->base);
        return status;
    }
    *out = &p->base;
    return FM_OK;
}

static int parameters_write(fm_parameters *parameters, size_t slot, const float *weight,
                            const float *bias, fm_error *error) {
    (void)error;
    reference_parameters *p = (reference_parameters *)parameters;
    size_t weights = parameters->outputs * parameters->inputs;
    float *values = p->values + slot * p->size;
    if (weights)
        memcpy(values, weight, weights * sizeof(float));
    memcpy(values + weights, bias, parameters->outputs * sizeof(float));
    return FM_OK;
}

static int parameters_read(float *weight, float *bias, fm_parameters *parameters, size_t slot,
                           fm_error *error) {
    (void)error;
    reference_parameters *p = (reference_parameters *)parameters;
    size_t weights = parameters->outputs * parameters->inputs;
    const float *values = p->values + slot * p->size;
    if (weights)
        memcpy(weight, values, weights * sizeof(float));
    memcpy(bias, values + weights, parameters->outputs * sizeof(float));
    return FM_OK;
}

static int samples_create(fm_samples **out, fm_ops *ops, const fm_images *images, fm_error *error) {
    reference_samples *samples = NULL;
    int status = fm_memory_allocate(&samples, 1, sizeof *samples, "samples", error);
    if (status)
        return status;
    status =
        fm_memory_allocate(&samples->order, images->count, sizeof(uint32_t), "the order", error);
    if (status) {
        free(samples);
        return status;
    }
    samples->base = (fm_samples){.ops = ops, .count = images->count, .pixels = images->pixels};
    samples->images = *images;
    for (size_t i = 0; i < images->count; i++)
        samples->order[i] = (uint32_t)i;
    *out = &samples->base;
    return FM_OK;
}

static void samples_free(fm_samples *samples) {
    free(((reference_samples *)samples)->order);
    free(samples);
}

static int samples_set_order(fm_samples *samples, const uint32_t *order, size_t count,
                             fm_error *error) {
    (void)error;
    memcpy(((reference_samples *)samples)->order, order, count * sizeof *order);
    return FM_OK;
}

static void outcomes_free(fm_outcomes *outcomes) {
    free(((reference_outcomes *)outcomes)->losses);
    free(((reference_outcomes *)outcomes)->classes);
    free(outcomes);
}

static int outcomes_create(fm_outcomes **out, fm_ops *ops, size_t count, fm_error *error) {
    reference_outcomes *outcomes = NULL;
    int status = fm_memory_allocate(&outcomes, 1, sizeof *outcomes, "outcomes", error);
    if (status)
        return status;
    outcomes->base = (fm_outcomes){.ops = ops, .count = count};
    status = fm_memory_allocate(&outcomes->losses, count, sizeof(float), "outcomes", error);
    if (!status)
        status = fm_memory_allocate(&outcomes->classes, count, 1, "outcomes", error);
    if (status) {
        outcomes_free(&outcomes->base);
        return status;
    }
    *out = &outcomes->base;
    return FM_OK;
}

static int outcomes_read(float *losses, uint8_t *classes, fm_outcomes *outcomes, size_t first,
                         size_t count, fm_error *error) {
    (void)error;
    const reference_outcomes *o = (reference_outcomes *)outcomes;
    if (losses)
        memcpy(losses, o->losses + first, count * sizeof(float));
    if (classes)
        memcpy(classes, o->classes + first, count);
    return FM_OK;
}

static const fm_memory_table memory = {
    .matrix_create = matrix_create,
    .matrix_free = matrix_free,
    .matrix_write = matrix_write,
    .matrix_read = matrix_read,
    .parameters_create = parameters_create,
    .parameters_free = parameters_free,
    .parameters_write = parameters_write,
    .parameters_read = parameters_read,
    .samples_create = samples_create,
    .samples_free = samples_free,
    .samples_set_order = samples_set_order,
    .outcomes_create = outcomes_create,
    .outcomes_free = outcomes_free,
    .outcomes_read = outcomes_read,
};

static int mark(fm_ops *ops, size_t *queued, fm_error *error) {
    (void)ops;
    (void)error;
    *queued = 0;
    return FM_OK;
}

static int finish(fm_ops *ops, fm_error *error) {
    (void)ops;
    (void)error;
    return FM_OK;
}

static void reference_free(fm_ops *ops) {
    free(ops);
}

int fm_reference_create(fm_ops **out, fm_error *error) {
    static const fm_ops_table table = {
        .memory = &memory,
        .gather = fm_reference_gather,
        .linear_forward = fm_reference_linear_forward,
        .linear_backward_input = fm_reference_linear_backward_input,
        .linear_backward_parameters = fm_reference_linear_backward_parameters,
        .prelu_backward = fm_reference_prelu_backward,
        .loss = fm_reference_loss,
        .mark = mark,
        .finish = finish,
        .free = reference_free,
    };
    fm_ops *self = NULL;
    *out = NULL;
    int status = fm_memory_allocate(&self, 1, sizeof *self, "the reference", error);
    if (status)
        return status;
    self->table = &table;
    *out = self;
    return FM_OK;
}
