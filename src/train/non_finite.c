#include "train/non_finite.h"

#include <math.h>
#include <stdio.h>

#include "base/count.h"

/* The operation whose results are checked, and the record of the first non-finite one. */
typedef struct trace {
    fm_non_finite *found;
    const fm_reference_run *run;
} trace;

static void note(const trace *t, const char *array, double value, size_t row, size_t column) {
    char node[128];
    if (t->found->text[0] || isfinite(value))
        return;
    fm_node_text(node, sizeof node, t->run->node, (size_t)t->run->step->rows);
    snprintf(t->found->text, sizeof t->found->text, "%s: %s is %s in row %zu, column %zu", node,
             array,
             isnan(value) ? "nan"
             : value < 0  ? "-inf"
                          : "inf",
             row, column);
}

static void look(const trace *t, const char *array, const float *values, size_t rows, size_t cols) {
    for (size_t i = 0; i < rows * cols; i++)
        note(t, array, (double)values[i], i / cols, i % cols);
}

/* A value beyond the range of float is infinite on a device; the reference computes in double. */
static void look_at_doubles(const trace *t, const char *array, const double *values, size_t rows,
                            size_t cols) {
    for (size_t i = 0; i < rows * cols; i++)
        note(t, array, (double)(float)values[i], i / cols, i % cols);
}

static void look_at_gradient(const trace *t, int operand, size_t outputs, size_t inputs) {
    const double *values = fm_reference_gradient(t->run, operand);
    look_at_doubles(t, "the gradient of the weight", values, outputs, inputs);
    look_at_doubles(t, "the gradient of the bias", values + outputs * inputs, 1, outputs);
}

static void look_at_parameters(const trace *t, int operand, size_t outputs, size_t inputs) {
    static const char *const names[][2] = {{"the new weight", "the new bias"},
                                           {"the weight's state s0", "the bias's state s0"},
                                           {"the weight's state s1", "the bias's state s1"}};
    for (size_t slot = 0; slot < FM_COUNT(names); slot++) {
        const float *values = fm_reference_parameters(t->run, operand, slot);
        if (!values)
            continue;
        look(t, names[slot][0], values, outputs, inputs);
        look(t, names[slot][1], values + outputs * inputs, 1, outputs);
    }
}

static void look_at_operand(const trace *t, int operand, const char *name) {
    const size_t rows = (size_t)t->run->step->rows;
    const fm_tensor *tensor = &t->run->graph->tensor[t->run->node->operand[operand]];
    switch (tensor->kind) {
    case FM_TENSOR_BATCH:
        look(t, name, fm_reference_batch(t->run, operand), rows, tensor->cols);
        break;
    case FM_TENSOR_PARTIAL:
        look_at_doubles(t, name, fm_reference_partial(t->run, operand), rows, 1);
        break;
    case FM_TENSOR_GRADIENT:
        look_at_gradient(t, operand, tensor->rows, tensor->cols);
        break;
    case FM_TENSOR_PARAMETERS:
        look_at_parameters(t, operand, tensor->rows, tensor->cols);
        break;
    case FM_TENSOR_MASK:
    default:
        break;
    }
}

void fm_non_finite_trace(void *user, const fm_reference_run *run) {
    const trace t = {user, run};
    const fm_node *node = run->node;
    const fm_operation_info *info = fm_operation_get(node->operation);
    if (t.found->text[0])
        return;
    if (info->sources & FM_USES_OUTCOMES)
        look(&t, "the loss", fm_reference_loss_at(run, 0), (size_t)run->step->rows, 1);
    for (int i = 0; i < FM_MOST_OPERANDS && info->operand[i].name; i++)
        if (info->operand[i].access != FM_READ && node->operand[i] != FM_NONE)
            look_at_operand(&t, i, info->operand[i].name);
}
