#include "backend/reference/reference.h"

#include <stdlib.h>
#include <string.h>

#include "backend/backend_table.h"
#include "backend/reference/reference_product.h"
#include "base/memory.h"

typedef struct reference {
    fm_backend base;
    fm_reference_observer observer;
    void *user;
} reference;

typedef struct parameters {
    fm_parameters base;
    size_t size;   /* of one slot: weight [outputs][inputs], then bias [outputs] */
    float *values; /* [1 + slots][size]: the values, then the optimizer's state */
} parameters;

typedef struct samples {
    fm_samples base;
    fm_images images; /* the caller's memory */
    uint32_t *order;  /* [count] */
} samples;

typedef struct outcomes {
    fm_outcomes base;
    float *losses;        /* [count] */
    uint8_t *predictions; /* [count] */
} outcomes;

typedef struct plan {
    fm_plan base;
    parameters **parameters; /* [bindings] */
    size_t *offset;          /* [tensors]: where each lies in the workspace, in doubles */
    double *workspace;
    double *scratch;
} plan;

/* ---- Parameters ---- */

static void parameters_free(fm_parameters *base) {
    free(((parameters *)base)->values);
    free(base);
}

static int parameters_create(fm_parameters **out, fm_backend *backend, size_t outputs,
                             size_t inputs, size_t slots, fm_error *error) {
    parameters *p = NULL;
    int status = fm_memory_allocate(&p, 1, sizeof *p, "parameters", error);
    if (status)
        return status;
    p->base = (fm_parameters){backend, outputs, inputs, slots};
    p->size = outputs * (inputs + 1);
    status =
        fm_memory_allocate(&p->values, p->size * (slots + 1), sizeof(float), "parameters", error);
    if (status)
        parameters_free(&p->base);
    else
        *out = &p->base;
    return status;
}

static int parameters_write(fm_parameters *base, size_t slot, const float *weight,
                            const float *bias, fm_error *error) {
    (void)error;
    parameters *p = (parameters *)base;
    size_t weights = base->outputs * base->inputs;
    float *values = p->values + slot * p->size;
    if (weights)
        memcpy(values, weight, weights * sizeof(float));
    memcpy(values + weights, bias, base->outputs * sizeof(float));
    return FM_OK;
}

static int parameters_read(float *weight, float *bias, fm_parameters *base, size_t slot,
                           fm_error *error) {
    (void)error;
    const parameters *p = (parameters *)base;
    size_t weights = base->outputs * base->inputs;
    const float *values = p->values + slot * p->size;
    if (weights)
        memcpy(weight, values, weights * sizeof(float));
    memcpy(bias, values + weights, base->outputs * sizeof(float));
    return FM_OK;
}

/* ---- Samples and outcomes ---- */

static int samples_create(fm_samples **out, fm_backend *backend, const fm_images *images,
                          fm_error *error) {
    samples *s = NULL;
    int status = fm_memory_allocate(&s, 1, sizeof *s, "samples", error);
    if (status)
        return status;
    status = fm_memory_allocate(&s->order, images->count, sizeof(uint32_t), "the order", error);
    if (status) {
        free(s);
        return status;
    }
    s->base = (fm_samples){.backend = backend, .count = images->count, .pixels = images->pixels};
    s->images = *images;
    for (size_t i = 0; i < images->count; i++)
        s->order[i] = (uint32_t)i;
    *out = &s->base;
    return FM_OK;
}

static void samples_free(fm_samples *base) {
    free(((samples *)base)->order);
    free(base);
}

static int samples_set_order(fm_samples *base, const uint32_t *order, size_t count,
                             fm_error *error) {
    (void)error;
    memcpy(((samples *)base)->order, order, count * sizeof *order);
    return FM_OK;
}

static void outcomes_free(fm_outcomes *base) {
    free(((outcomes *)base)->losses);
    free(((outcomes *)base)->predictions);
    free(base);
}

static int outcomes_create(fm_outcomes **out, fm_backend *backend, size_t count, fm_error *error) {
    outcomes *o = NULL;
    int status = fm_memory_allocate(&o, 1, sizeof *o, "outcomes", error);
    if (status)
        return status;
    o->base = (fm_outcomes){backend, count};
    status = fm_memory_allocate(&o->losses, count, sizeof(float), "outcomes", error);
    if (!status)
        status = fm_memory_allocate(&o->predictions, count, 1, "outcomes", error);
    if (status)
        outcomes_free(&o->base);
    else
        *out = &o->base;
    return status;
}

static int outcomes_read(float *losses, uint8_t *predictions, fm_outcomes *base, size_t first,
                         size_t count, fm_error *error) {
    (void)error;
    const outcomes *o = (outcomes *)base;
    if (losses)
        memcpy(losses, o->losses + first, count * sizeof(float));
    if (predictions)
        memcpy(predictions, o->predictions + first, count);
    return FM_OK;
}

/* ---- Access to operands ---- */

static void *memory_of(const fm_reference_run *run, int operand) {
    const plan *p = (plan *)run->plan;
    const int tensor = run->node->operand[operand];
    return tensor == FM_NONE ? NULL : p->workspace + p->offset[tensor];
}

float *fm_reference_batch(const fm_reference_run *run, int operand) {
    return memory_of(run, operand);
}

double *fm_reference_partial(const fm_reference_run *run, int operand) {
    return memory_of(run, operand);
}

uint8_t *fm_reference_mask(const fm_reference_run *run, int operand) {
    return memory_of(run, operand);
}

double *fm_reference_gradient(const fm_reference_run *run, int operand) {
    return memory_of(run, operand);
}

float *fm_reference_parameters(const fm_reference_run *run, int operand, size_t slot) {
    const plan *p = (plan *)run->plan;
    const int tensor = run->node->operand[operand];
    if (tensor == FM_NONE)
        return NULL;
    const parameters *own = p->parameters[run->graph->tensor[tensor].binding];
    return slot <= own->base.slots ? own->values + slot * own->size : NULL;
}

static size_t position_of(const fm_reference_run *run, size_t row) {
    return (size_t)run->step->first + row;
}

float *fm_reference_loss_at(const fm_reference_run *run, size_t row) {
    return ((outcomes *)run->outcomes)->losses + position_of(run, row);
}

uint8_t *fm_reference_prediction_at(const fm_reference_run *run, size_t row) {
    return ((outcomes *)run->outcomes)->predictions + position_of(run, row);
}

size_t fm_reference_index(const fm_reference_run *run, size_t row) {
    return ((samples *)run->samples)->order[position_of(run, row)];
}

const uint8_t *fm_reference_image(const fm_reference_run *run, size_t row) {
    return ((samples *)run->samples)->images.image +
           fm_reference_index(run, row) * run->samples->pixels;
}

size_t fm_reference_label(const fm_reference_run *run, size_t row) {
    return ((samples *)run->samples)->images.label[fm_reference_index(run, row)];
}

double *fm_reference_scratch(const fm_reference_run *run) {
    return ((plan *)run->plan)->scratch;
}

/* ---- Plans ---- */

static void plan_free(fm_plan *base) {
    plan *p = (plan *)base;
    free(p->parameters);
    free(p->offset);
    free(p->scratch);
    free(p->workspace);
    free(p);
}

/* Size of a tensor in the workspace, in doubles. */
static size_t size_of(const fm_tensor *tensor, size_t rows) {
    const size_t cols = tensor->cols;
    switch (tensor->kind) {
    case FM_TENSOR_BATCH:
        return (rows * cols + 1) / 2;
    case FM_TENSOR_PARTIAL:
        return rows;
    case FM_TENSOR_MASK:
        return (rows * fm_mask_bytes(cols) + 7) / 8;
    case FM_TENSOR_GRADIENT:
        return rows ? tensor->rows * (cols + 1) : 0;
    case FM_TENSOR_PARAMETERS:
    default:
        return 0;
    }
}

/* Gives the tensors their offsets; returns their size in doubles, and the maximum width. */
static void set_offsets(plan *p, size_t *doubles, size_t *widest) {
    const fm_graph *graph = p->base.graph[0];
    for (size_t t = 0; t < graph->tensor_count; t++) {
        const fm_tensor *tensor = &graph->tensor[t];
        const size_t own = fm_tensor_is_batch(tensor) ? 1 : tensor->rows;
        p->offset[t] = *doubles;
        *doubles += size_of(tensor, fm_plan_rows(&p->base, (int)t));
        *widest = tensor->cols > *widest ? tensor->cols : *widest;
        *widest = own > *widest ? own : *widest;
    }
}

static int plan_compile(fm_plan **out, const fm_plan *base, fm_parameters *const *given,
                        enum fm_compile how, fm_error *error) {
    (void)how; /* operations are never fused here */
    plan *p = NULL;
    size_t doubles = 1, widest = 1;
    int status = fm_memory_allocate(&p, 1, sizeof *p, "a plan", error);
    if (status)
        return status;
    p->base = *base;
    status = fm_memory_allocate(&p->parameters, base->graph[0]->bindings + 1, sizeof(parameters *),
                                "a plan", error);
    for (size_t i = 0; !status && i < base->graph[0]->bindings; i++)
        p->parameters[i] = (parameters *)given[i];
    if (!status)
        status = fm_memory_allocate(&p->offset, base->graph[0]->tensor_count + 1, sizeof *p->offset,
                                    "a plan", error);
    if (!status) {
        set_offsets(p, &doubles, &widest);
        status = fm_memory_allocate(&p->workspace, doubles, sizeof(double), "a plan", error);
    }
    if (!status)
        status = fm_memory_allocate(&p->scratch, fm_reference_product_space(widest), sizeof(double),
                                    "a plan", error);
    if (status)
        plan_free(&p->base);
    else
        *out = &p->base;
    return status;
}

static fm_reference_operation *const functions[FM_OPERATIONS] = {
    [FM_OP_GATHER] = fm_reference_gather,
    [FM_OP_LINEAR_FORWARD] = fm_reference_linear_forward,
    [FM_OP_DROPOUT_MASK] = fm_reference_dropout_mask,
    [FM_OP_DROPOUT_FORWARD] = fm_reference_dropout_forward,
    [FM_OP_LOSS] = fm_reference_loss,
    [FM_OP_LINEAR_BACKWARD_INPUT] = fm_reference_linear_backward_input,
    [FM_OP_DROPOUT_BACKWARD] = fm_reference_dropout_backward,
    [FM_OP_ACTIVATION_BACKWARD] = fm_reference_activation_backward,
    [FM_OP_PRELU_BACKWARD] = fm_reference_prelu_backward,
    [FM_OP_LINEAR_BACKWARD_PARAMETERS] = fm_reference_linear_backward_parameters,
    [FM_OP_PRELU_BACKWARD_SLOPE] = fm_reference_prelu_backward_slope,
    [FM_OP_UPDATE] = fm_reference_update,
};

static int plan_run(fm_plan *base, size_t number, fm_samples *given_samples,
                    fm_outcomes *given_outcomes, const fm_step *step, fm_error *error) {
    (void)error;
    const reference *self = (reference *)base->backend;
    const fm_graph *graph = base->graph[number];
    fm_reference_run run = {.plan = base,
                            .graph = graph,
                            .samples = given_samples,
                            .outcomes = given_outcomes,
                            .step = step};
    for (size_t i = 0; i < graph->node_count; i++) {
        run.node = &graph->node[i];
        functions[run.node->operation](&run);
        if (self->observer)
            self->observer(self->user, &run);
    }
    return FM_OK;
}

static int plan_write(fm_plan *base, size_t graph, int tensor, const float *values, size_t rows,
                      fm_error *error) {
    (void)error;
    const plan *p = (plan *)base;
    const fm_tensor *t = &base->graph[graph]->tensor[tensor];
    const size_t cols = t->cols, bytes = fm_mask_bytes(cols);
    void *memory = p->workspace + p->offset[tensor];
    if (t->kind == FM_TENSOR_BATCH) {
        memcpy(memory, values, rows * cols * sizeof(float));
    } else if (t->kind == FM_TENSOR_MASK) {
        memset(memory, 0, rows * bytes);
        for (size_t i = 0; i < rows * cols; i++)
            if (values[i] != 0.0f)
                ((uint8_t *)memory)[i / cols * bytes + i % cols / 8] |=
                    (uint8_t)(1U << i % cols % 8);
    } else {
        const size_t count = t->kind == FM_TENSOR_PARTIAL ? rows : t->rows * (cols + 1);
        for (size_t i = 0; i < count; i++)
            ((double *)memory)[i] = (double)values[i];
    }
    return FM_OK;
}

static int plan_read(float *out, fm_plan *base, size_t graph, int tensor, size_t rows,
                     fm_error *error) {
    (void)error;
    const plan *p = (plan *)base;
    const fm_tensor *t = &base->graph[graph]->tensor[tensor];
    const size_t cols = t->cols, bytes = fm_mask_bytes(cols);
    const void *memory = p->workspace + p->offset[tensor];
    if (t->kind == FM_TENSOR_BATCH) {
        memcpy(out, memory, rows * cols * sizeof(float));
    } else if (t->kind == FM_TENSOR_MASK) {
        for (size_t i = 0; i < rows * cols; i++)
            out[i] =
                (float)(((const uint8_t *)memory)[i / cols * bytes + i % cols / 8] >> i % cols % 8 &
                        1);
    } else {
        const size_t count = t->kind == FM_TENSOR_PARTIAL ? rows : t->rows * (cols + 1);
        for (size_t i = 0; i < count; i++)
            out[i] = (float)((const double *)memory)[i];
    }
    return FM_OK;
}

/* ---- The back end ---- */

static int end_step(fm_backend *backend, size_t *queued, fm_error *error) {
    (void)backend;
    (void)error;
    *queued = 0;
    return FM_OK;
}

static int finish(fm_backend *backend, fm_error *error) {
    (void)backend;
    (void)error;
    return FM_OK;
}

static void reference_free(fm_backend *backend) {
    free(backend);
}

void fm_reference_observe(fm_backend *backend, fm_reference_observer observer, void *user) {
    reference *self = (reference *)backend;
    self->observer = observer;
    self->user = user;
}

int fm_reference_create(fm_backend **out, fm_error *error) {
    static const fm_backend_table table = {
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
        .plan_compile = plan_compile,
        .plan_free = plan_free,
        .plan_run = plan_run,
        .plan_write = plan_write,
        .plan_read = plan_read,
        .end_step = end_step,
        .finish = finish,
        .free = reference_free,
    };
    reference *self = NULL;
    *out = NULL;
    int status = fm_memory_allocate(&self, 1, sizeof *self, "the reference", error);
    if (status)
        return status;
    self->base.table = &table;
    *out = &self->base;
    return FM_OK;
}
