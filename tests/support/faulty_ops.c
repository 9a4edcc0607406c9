#include "support/faulty_ops.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "ops/reference.h"
#include "ops/reference_memory.h"

static fault now;
static size_t calls;
static fm_ops_table table;

/* Corrupts a value if the fault is at this place. */
static void spoil(enum fault_place place, float *value, size_t rows) {
    if (place != now.place || rows < now.least_rows || ++calls < now.from_call)
        return;
    if (now.most_calls && calls >= (now.from_call ? now.from_call : 1) + now.most_calls)
        return;
    if (now.kind == FAULT_NAN)
        *value = NAN;
    else if (now.kind == FAULT_NOISE)
        *value *= 1 + (float)(calls % 7) * 2e-7f;
    else
        *value += 1e-3f * (fabsf(*value) + 1);
}

static float *last_of(fm_matrix *matrix, size_t rows) {
    return ((reference_matrix *)matrix)->values + rows * matrix->cols - 1;
}

static int gather(fm_ops *ops, fm_matrix *x, fm_samples *samples, size_t first, size_t rows,
                  fm_error *error) {
    int status = fm_reference_gather(ops, x, samples, first, rows, error);
    spoil(FAULT_GATHER, last_of(x, rows), rows);
    return status;
}

static int linear_forward(fm_ops *ops, fm_matrix *y, fm_matrix *z, fm_matrix *x,
                          fm_parameters *parameters, enum fm_activation activation,
                          fm_parameters *slope, size_t rows, fm_error *error) {
    int status =
        fm_reference_linear_forward(ops, y, z, x, parameters, activation, slope, rows, error);
    spoil(FAULT_FORWARD, last_of(y, rows), rows);
    if (z)
        spoil(FAULT_FORWARD_Z, last_of(z, rows), rows);
    return status;
}

static int linear_backward_input(fm_ops *ops, fm_matrix *dx, fm_matrix *dy,
                                 fm_parameters *parameters, enum fm_activation activation,
                                 fm_matrix *y, size_t rows, fm_error *error) {
    int status =
        fm_reference_linear_backward_input(ops, dx, dy, parameters, activation, y, rows, error);
    spoil(FAULT_BACKWARD_INPUT, last_of(dx, rows), rows);
    return status;
}

static int linear_backward_parameters(fm_ops *ops, fm_parameters *parameters, fm_matrix *x,
                                      fm_matrix *dy, const fm_update *update, size_t rows,
                                      fm_error *error) {
    int status =
        fm_reference_linear_backward_parameters(ops, parameters, x, dy, update, rows, error);
    const reference_parameters *p = (reference_parameters *)parameters;
    spoil(FAULT_BACKWARD_WEIGHT, p->values, rows);
    spoil(FAULT_BACKWARD_BIAS, p->values + p->size - 1, rows);
    spoil(FAULT_BACKWARD_STATE, p->values + (parameters->slots + 1) * p->size - 1, rows);
    return status;
}

static int prelu_backward(fm_ops *ops, fm_matrix *dy, fm_matrix *z, fm_parameters *slope,
                          const fm_update *update, size_t rows, fm_error *error) {
    int status = fm_reference_prelu_backward(ops, dy, z, slope, update, rows, error);
    spoil(FAULT_PRELU_BACKWARD, last_of(dy, rows), rows);
    spoil(FAULT_SLOPE, ((reference_parameters *)slope)->values, rows);
    return status;
}

static int loss(fm_ops *ops, fm_matrix *dlogits, fm_outcomes *outcomes, fm_matrix *logits,
                fm_samples *samples, enum fm_loss kind, size_t first, size_t rows,
                fm_error *error) {
    int status =
        fm_reference_loss(ops, dlogits, outcomes, logits, samples, kind, first, rows, error);
    reference_outcomes *o = (reference_outcomes *)outcomes;
    spoil(FAULT_LOSS, o->losses + first + rows - 1, rows);
    if (dlogits)
        spoil(FAULT_LOSS_GRADIENT, last_of(dlogits, rows), rows);
    if (now.place == FAULT_CLASS && rows >= now.least_rows)
        o->classes[first + rows - 1] ^= 1;
    return status;
}

fm_ops *faulty_ops(fault wanted) {
    fm_ops *ops = NULL;
    assert_int_equal(fm_reference_create(&ops, NULL), FM_OK);
    now = wanted;
    calls = 0;
    table = *ops->table;
    table.gather = gather;
    table.linear_forward = linear_forward;
    table.linear_backward_input = linear_backward_input;
    table.linear_backward_parameters = linear_backward_parameters;
    table.prelu_backward = prelu_backward;
    table.loss = loss;
    ops->table = &table;
    return ops;
}
