#include "support/faulty_reference.h"

#include <math.h>

#include "backend/reference/reference.h"
#include "support/check.h"

static fault now;
static size_t calls;

/* Results that are outcomes. */
enum { FAULT_OF_LOSS = -1, FAULT_OF_PREDICTION = -2 };

static const struct {
    enum fm_operation operation;
    int result; /* an operand of the operation's row, or an outcome */
    int first;  /* its first value is spoiled instead of its last */
} places[FAULT_PLACES] = {
    [FAULT_GATHER] = {FM_OP_GATHER, 0, 0},
    [FAULT_FORWARD] = {FM_OP_LINEAR_FORWARD, 0, 0},
    [FAULT_FORWARD_Z] = {FM_OP_LINEAR_FORWARD, 1, 0},
    [FAULT_LOSS] = {FM_OP_LOSS, FAULT_OF_LOSS, 0},
    [FAULT_LOSS_GRADIENT] = {FM_OP_LOSS, 0, 0},
    [FAULT_PREDICTION] = {FM_OP_LOSS, FAULT_OF_PREDICTION, 0},
    [FAULT_BACKWARD_INPUT] = {FM_OP_LINEAR_BACKWARD_INPUT, 0, 0},
    [FAULT_ACTIVATION_BACKWARD] = {FM_OP_ACTIVATION_BACKWARD, 0, 0},
    [FAULT_PRELU_BACKWARD] = {FM_OP_PRELU_BACKWARD, 0, 0},
    [FAULT_SHARE] = {FM_OP_PRELU_BACKWARD, 1, 0},
    [FAULT_BACKWARD_WEIGHT] = {FM_OP_LINEAR_BACKWARD_PARAMETERS, 0, 1},
    [FAULT_BACKWARD_BIAS] = {FM_OP_LINEAR_BACKWARD_PARAMETERS, 0, 0},
    [FAULT_SLOPE] = {FM_OP_PRELU_BACKWARD_SLOPE, 0, 0},
    [FAULT_UPDATE_WEIGHT] = {FM_OP_UPDATE, 0, 1},
    [FAULT_UPDATE_STATE] = {FM_OP_UPDATE, 0, 0},
};

enum fm_operation fault_operation(enum fault_place place) {
    return places[place].operation;
}

static double spoiled(double value) {
    if (now.kind == FAULT_NAN)
        return NAN;
    if (now.kind == FAULT_NOISE)
        return value * (1 + (double)(calls % 7) * 2e-7);
    return value + 1e-3 * (fabs(value) + 1);
}

/* Of the value that is spoiled, among so many. */
static size_t offset(size_t count) {
    return places[now.place].first ? 0 : count - 1;
}

static void spoil_parameters(const fm_reference_run *run, int operand) {
    const size_t size = run->node->outputs * (run->node->inputs + 1);
    size_t slot = 0;
    while (!places[now.place].first && fm_reference_parameters(run, operand, slot + 1))
        slot++;
    float *value = fm_reference_parameters(run, operand, slot) + offset(size);
    *value = (float)spoiled((double)*value);
}

static void spoil_operand(const fm_reference_run *run, int operand) {
    const fm_tensor *tensor = &run->graph->tensor[run->node->operand[operand]];
    const size_t rows = (size_t)run->step->rows;
    if (tensor->kind == FM_TENSOR_PARAMETERS) {
        spoil_parameters(run, operand);
    } else if (tensor->kind == FM_TENSOR_GRADIENT) {
        double *value =
            fm_reference_gradient(run, operand) + offset(tensor->rows * (tensor->cols + 1));
        *value = spoiled(*value);
    } else if (tensor->kind == FM_TENSOR_PARTIAL) {
        double *value = fm_reference_partial(run, operand) + offset(rows);
        *value = spoiled(*value);
    } else {
        float *value = fm_reference_batch(run, operand) + offset(rows * tensor->cols);
        *value = (float)spoiled((double)*value);
    }
}

static void spoil(void *user, const fm_reference_run *run) {
    (void)user;
    const size_t rows = (size_t)run->step->rows;
    if (now.place == FAULT_NONE || run->node->operation != places[now.place].operation ||
        rows < now.least_rows)
        return;
    const int result = places[now.place].result;
    if (result >= 0 && run->node->operand[result] == FM_NONE)
        return;
    if (++calls < now.from_call)
        return;
    if (now.most_calls && calls >= (now.from_call ? now.from_call : 1) + now.most_calls)
        return;
    if (result == FAULT_OF_PREDICTION) {
        *fm_reference_prediction_at(run, rows - 1) ^= 1;
    } else if (result == FAULT_OF_LOSS) {
        float *value = fm_reference_loss_at(run, rows - 1);
        *value = (float)spoiled((double)*value);
    } else {
        spoil_operand(run, result);
    }
}

fm_backend *faulty_reference(fault wanted) {
    fm_backend *reference = NULL;
    assert_int_equal(fm_reference_create(&reference, NULL), FM_OK);
    now = wanted;
    calls = 0;
    fm_reference_observe(reference, spoil, NULL);
    return reference;
}
