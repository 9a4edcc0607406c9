#include "check/operation.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "optim/schedule.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { STEP = 3 }; /* of the optimiser: the numbers of its first step are special */

/* What an operation takes and gives on the device. */
typedef struct stage {
    fm_ops *ops;
    const fm_check_case *which;
    const fm_check_operands *from;
    fm_matrix *x, *y, *z; /* of inputs, outputs, outputs */
    fm_parameters *layer, *slope;
    fm_samples *samples;
    fm_outcomes *outcomes;
    fm_update update;
    size_t slots;
} stage;

static size_t slots_of(const fm_check_case *which) {
    return which->optimizer ? fm_schedule_slots(which->optimizer) : 1;
}

int fm_check_result_create(fm_check_result *out, const fm_check_case *which, fm_error *error) {
    /* Whatever the operation: its batches, and the parameters with all their state. */
    *out = (fm_check_result){.capacity = which->rows * (which->inputs + 2 * which->outputs + 2) +
                                         3 * which->outputs * (which->inputs + 1) + 3};
    return fm_memory_allocate(&out->values, out->capacity, sizeof *out->values, "the check", error);
}

/* A new part at the end of the result. */
static float *add_part(fm_check_result *out, const char *name, size_t rows, size_t cols) {
    out->part[out->part_count++] = (fm_check_part){name, out->count, rows * cols, cols};
    float *values = out->values + out->count;
    out->count += rows * cols;
    return values;
}

/* ---- What is put on the device ---- */

static int put_matrix(fm_matrix **out, const stage *s, size_t cols, const float *values,
                      fm_error *error) {
    int status = fm_matrix_create(out, s->ops, s->which->rows, cols, error);
    return status ? status : fm_matrix_write(*out, values, s->which->rows, error);
}

static int put_layer(stage *s, size_t slots, fm_error *error) {
    size_t outputs = s->which->outputs, weights = outputs * s->which->inputs;
    int status = fm_parameters_create(&s->layer, s->ops, outputs, s->which->inputs, slots, error);
    if (!status)
        status = fm_parameters_write(s->layer, 0, s->from->weight, s->from->bias, error);
    for (size_t slot = 1; !status && slot <= slots; slot++) {
        const float *state = s->from->state + (slot - 1) * (weights + outputs);
        status = fm_parameters_write(s->layer, slot, state, state + weights, error);
    }
    return status;
}

static int put_slope(stage *s, size_t slots, fm_error *error) {
    int status = fm_parameters_create(&s->slope, s->ops, 1, 0, slots, error);
    for (size_t slot = 0; !status && slot <= slots; slot++)
        status = fm_parameters_write(s->slope, slot, NULL, s->from->slope + slot, error);
    return status;
}

static int put_samples(stage *s, size_t pixels, fm_error *error) {
    const size_t count = FM_CHECK_FIRST + s->which->rows;
    const fm_images images = {count, pixels, s->from->image, s->from->label};
    int status = fm_samples_create(&s->samples, s->ops, &images, error);
    return status ? status : fm_samples_set_order(s->samples, s->from->order, count, error);
}

static int put_pixels(stage *s, fm_error *error) {
    const fm_check_case *c = s->which;
    int status = put_samples(s, c->inputs, error);
    if (!status)
        status = fm_matrix_create(&s->x, s->ops, c->rows, c->inputs, error);
    return status ? status
                  : fm_ops_gather(s->ops, s->x, s->samples, FM_CHECK_FIRST, c->rows, error);
}

static int put_x(stage *s, fm_error *error) {
    const fm_check_case *c = s->which;
    return c->gathered ? put_pixels(s, error) : put_matrix(&s->x, s, c->inputs, s->from->x, error);
}

/* ---- The operations ---- */

static int read_matrix(fm_check_result *out, const char *name, fm_matrix *matrix, size_t cols,
                       const stage *s, fm_error *error) {
    return fm_matrix_read(add_part(out, name, s->which->rows, cols), matrix, s->which->rows, error);
}

static int gather(fm_check_result *out, stage *s, fm_error *error) {
    int status = put_pixels(s, error);
    return status ? status : read_matrix(out, "x", s->x, s->which->inputs, s, error);
}

static int forward(fm_check_result *out, stage *s, fm_error *error) {
    const fm_check_case *c = s->which;
    int has_slope = c->activation == FM_PRELU;
    int status = put_x(s, error);
    if (!status)
        status = put_layer(s, 0, error);
    if (!status && has_slope)
        status = put_slope(s, 0, error);
    if (!status)
        status = fm_matrix_create(&s->y, s->ops, c->rows, c->outputs, error);
    if (!status && has_slope)
        status = fm_matrix_create(&s->z, s->ops, c->rows, c->outputs, error);
    if (!status)
        status = fm_ops_linear_forward(s->ops, s->y, s->z, s->x, s->layer, c->activation, s->slope,
                                       c->rows, error);
    if (!status)
        status = read_matrix(out, "y", s->y, c->outputs, s, error);
    if (!status && has_slope)
        status = read_matrix(out, "z", s->z, c->outputs, s, error);
    return status;
}

/* x is the output of the layer below, in whose place the gradient comes out of another matrix. */
static int backward_input(fm_check_result *out, stage *s, fm_error *error) {
    const fm_check_case *c = s->which;
    fm_matrix *dx = NULL;
    int status = put_matrix(&s->y, s, c->outputs, s->from->y, error);
    if (!status)
        status = put_x(s, error);
    if (!status)
        status = put_layer(s, 0, error);
    if (!status)
        status = fm_matrix_create(&dx, s->ops, c->rows, c->inputs, error);
    if (!status)
        status = fm_ops_linear_backward_input(s->ops, dx, s->y, s->layer, c->activation,
                                              c->activation == FM_IDENTITY ? NULL : s->x, c->rows,
                                              error);
    if (!status)
        status = read_matrix(out, "dx", dx, c->inputs, s, error);
    fm_matrix_free(dx);
    return status;
}

static int backward_parameters(fm_check_result *out, stage *s, fm_error *error) {
    static const char *const names[][2] = {
        {"weight", "bias"}, {"weight's s0", "bias's s0"}, {"weight's s1", "bias's s1"}};
    const fm_check_case *c = s->which;
    int status = put_matrix(&s->y, s, c->outputs, s->from->y, error);
    if (!status)
        status = put_x(s, error);
    if (!status)
        status = put_layer(s, s->slots, error);
    if (!status)
        status = fm_ops_linear_backward_parameters(s->ops, s->layer, s->x, s->y, &s->update,
                                                   c->rows, error);
    for (size_t slot = 0; !status && slot <= s->slots && slot < COUNT(names); slot++) {
        float *weight = add_part(out, names[slot][0], c->outputs, c->inputs);
        float *bias = add_part(out, names[slot][1], 1, c->outputs);
        status = fm_parameters_read(weight, bias, s->layer, slot, error);
    }
    return status;
}

static int prelu_backward(fm_check_result *out, stage *s, fm_error *error) {
    static const char *const names[] = {"slope", "slope's s0", "slope's s1"};
    const fm_check_case *c = s->which;
    int status = put_matrix(&s->y, s, c->outputs, s->from->y, error);
    if (!status)
        status = put_matrix(&s->z, s, c->outputs, s->from->z, error);
    if (!status)
        status = put_slope(s, s->slots, error);
    if (!status)
        status = fm_ops_prelu_backward(s->ops, s->y, s->z, s->slope, &s->update, c->rows, error);
    if (!status)
        status = read_matrix(out, "dz", s->y, c->outputs, s, error);
    for (size_t slot = 0; !status && slot <= s->slots && slot < COUNT(names); slot++)
        status = fm_parameters_read(NULL, add_part(out, names[slot], 1, 1), s->slope, slot, error);
    return status;
}

static int loss(fm_check_result *out, stage *s, fm_error *error) {
    const fm_check_case *c = s->which;
    uint8_t *classes = NULL;
    int status = fm_memory_allocate(&classes, c->rows, 1, "the check", error);
    if (!status)
        status = put_samples(s, c->inputs, error);
    if (!status)
        status = put_matrix(&s->y, s, c->outputs, s->from->y, error);
    if (!status)
        status = fm_matrix_create(&s->z, s->ops, c->rows, c->outputs, error);
    if (!status)
        status = fm_outcomes_create(&s->outcomes, s->ops, FM_CHECK_FIRST + c->rows, error);
    if (!status)
        status = fm_ops_loss(s->ops, s->z, s->outcomes, s->y, s->samples, c->loss, FM_CHECK_FIRST,
                             c->rows, error);
    if (!status)
        status = read_matrix(out, "dlogits", s->z, c->outputs, s, error);
    if (!status)
        status = fm_outcomes_read(add_part(out, "loss", c->rows, 1), classes, s->outcomes,
                                  FM_CHECK_FIRST, c->rows, error);
    if (!status) {
        float *numbers = add_part(out, "class", c->rows, 1);
        for (size_t i = 0; i < c->rows; i++)
            numbers[i] = (float)classes[i];
    }
    free(classes);
    return status;
}

static int (*const runs[])(fm_check_result *, stage *, fm_error *) = {
    [FM_OPERATION_GATHER] = gather,
    [FM_OPERATION_LINEAR_FORWARD] = forward,
    [FM_OPERATION_LINEAR_BACKWARD_INPUT] = backward_input,
    [FM_OPERATION_LINEAR_BACKWARD_PARAMETERS] = backward_parameters,
    [FM_OPERATION_PRELU_BACKWARD] = prelu_backward,
    [FM_OPERATION_LOSS] = loss,
};

int fm_check_run(fm_check_result *out, fm_ops *ops, const fm_check_case *which,
                 const fm_check_operands *operands, fm_error *error) {
    stage s = {.ops = ops, .which = which, .from = operands, .slots = slots_of(which)};
    if (which->optimizer)
        fm_schedule_update(&s.update, which->optimizer, STEP);
    else
        s.update = (fm_update){.rule = FM_UPDATE_KEEP};
    out->count = out->part_count = 0;
    int status = runs[which->operation](out, &s, error);
    fm_outcomes_free(s.outcomes);
    fm_samples_free(s.samples);
    fm_parameters_free(s.slope);
    fm_parameters_free(s.layer);
    fm_matrix_free(s.z);
    fm_matrix_free(s.y);
    fm_matrix_free(s.x);
    return status;
}

void fm_check_case_text(char *out, size_t size, const fm_check_case *which) {
    const fm_check_case *c = which;
    const char *of = c->gathered ? ", of pixels" : "";
    char optimizer[48] = "gradient kept";
    if (c->optimizer)
        snprintf(optimizer, sizeof optimizer, "%s%s%s%s", fm_optimizer_name(c->optimizer->kind),
                 c->optimizer->momentum > 0 ? " with momentum" : "",
                 c->optimizer->nesterov ? " (nesterov)" : "",
                 c->optimizer->weight_decay > 0 ? " and decay" : "");
    switch (c->operation) {
    case FM_OPERATION_GATHER:
        snprintf(out, size, "gather, %zu x %zu", c->rows, c->inputs);
        break;
    case FM_OPERATION_LINEAR_FORWARD:
        snprintf(out, size, "linear_forward, %zu x %zu to %zu, %s%s", c->rows, c->inputs,
                 c->outputs, fm_activation_name(c->activation), of);
        break;
    case FM_OPERATION_LINEAR_BACKWARD_INPUT:
        snprintf(out, size, "linear_backward_input, %zu x %zu to %zu, %s%s", c->rows, c->outputs,
                 c->inputs, fm_activation_name(c->activation), of);
        break;
    case FM_OPERATION_LINEAR_BACKWARD_PARAMETERS:
        snprintf(out, size, "linear_backward_parameters, %zu x %zu to %zu, %s%s", c->rows,
                 c->inputs, c->outputs, optimizer, of);
        break;
    case FM_OPERATION_PRELU_BACKWARD:
        snprintf(out, size, "prelu_backward, %zu x %zu, %s", c->rows, c->outputs, optimizer);
        break;
    case FM_OPERATION_LOSS:
    default:
        snprintf(out, size, "loss, %zu x %zu, %s", c->rows, c->outputs, fm_loss_name(c->loss));
    }
}
