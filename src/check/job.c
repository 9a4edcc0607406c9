#include "check/job.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/count.h"
#include "base/memory.h"
#include "nn/schedule.h"

/* STEP: the optimizer's step; the numbers of its first step are special. SPARE_ROWS: rows of the
 * tensors beyond the batch, as left by a larger batch. They are NaN, and must be ignored. */
enum { STEP = 3, SPARE_ROWS = 3, MOST_PARAMETERS = 4 };

/* ---- The operation's row ---- */

static size_t size_of(const fm_check_case *c, enum fm_size size) {
    switch (size) {
    case FM_SIZE_INPUTS:
        return c->inputs;
    case FM_SIZE_OUTPUTS:
        return c->outputs;
    case FM_SIZE_ONE:
    case FM_SIZE_ZERO:
    default:
        return size == FM_SIZE_ONE;
    }
}

static size_t slots_of(const fm_check_case *c) {
    return c->optimizer ? fm_schedule_slots(c->optimizer) : 0;
}

size_t fm_check_operand_size(const fm_check_case *c, const fm_operand_info *o) {
    const size_t cols = size_of(c, o->cols);
    switch (o->kind) {
    case FM_TENSOR_PARAMETERS:
        return (o->access == FM_READ ? 1 : 1 + slots_of(c)) * size_of(c, o->rows) * (cols + 1);
    case FM_TENSOR_GRADIENT:
        return size_of(c, o->rows) * (cols + 1);
    case FM_TENSOR_BATCH:
    case FM_TENSOR_PARTIAL:
    case FM_TENSOR_MASK:
    default:
        return c->rows * cols;
    }
}

int fm_check_has_operand(const fm_check_case *c, size_t operand) {
    return fm_operation_get(c->operation)->operand[operand].name && !(c->without >> operand & 1);
}

int fm_check_is_x(const fm_operand_info *o) {
    return o->kind == FM_TENSOR_BATCH && o->access == FM_READ && o->cols == FM_SIZE_INPUTS;
}

/* The operand that is a resulting gradient, or FM_MOST_OPERANDS. */
static size_t gradient_of(const fm_check_case *c) {
    const fm_operand_info *o = fm_operation_get(c->operation)->operand;
    size_t i = 0;
    while (i < FM_MOST_OPERANDS &&
           !(o[i].name && o[i].kind == FM_TENSOR_GRADIENT && o[i].access == FM_WRITE))
        i++;
    return i;
}

int fm_check_is_updated(const fm_check_case *c) {
    return c->optimizer && gradient_of(c) < FM_MOST_OPERANDS;
}

size_t fm_check_terms(const fm_check_case *c) {
    const fm_operation_info *info = fm_operation_get(c->operation);
    return info->sums_over_rows ? c->rows : size_of(c, info->sum) + 1;
}

/* ---- The graph ---- */

struct fm_check_job {
    fm_backend *backend;
    const fm_check_case *which;
    const fm_check_operands *from;
    const fm_operation_info *info;
    fm_graph *graph;
    fm_node node;
    int updated; /* tensor of the update that follows, or FM_NONE */
    fm_parameters *parameters[MOST_PARAMETERS];
    fm_samples *samples;
    fm_outcomes *outcomes;
    fm_plan *plan;
    fm_step step;
};

typedef fm_check_job job;

/* Declares parameters and writes their values to the device. */
static int add_parameters(int *tensor, job *j, size_t outputs, size_t inputs, size_t slots,
                          const float *values, fm_error *error) {
    fm_parameters **own = &j->parameters[j->graph->bindings];
    *tensor = fm_graph_parameters(j->graph, outputs, inputs);
    int status = fm_parameters_create(own, j->backend, outputs, inputs, slots, error);
    for (size_t s = 0; !status && s <= slots; s++, values += outputs * (inputs + 1))
        status = fm_parameters_write(*own, s, values, values + outputs * inputs, error);
    return status;
}

/* Makes x the result of other operations of the graph. */
static int add_x(int *tensor, job *j, fm_error *error) {
    const size_t inputs = j->which->inputs;
    const int pixels = fm_graph_batch(j->graph, inputs);
    int below;
    fm_graph_add(j->graph, (fm_node){FM_OP_GATHER, .operand = {pixels}});
    *tensor = pixels;
    if (j->which->x == FM_CHECK_GATHERED)
        return FM_OK;
    *tensor = fm_graph_batch(j->graph, inputs);
    int status = add_parameters(&below, j, inputs, inputs, 0, j->from->below, error);
    fm_graph_add(j->graph, (fm_node){FM_OP_LINEAR_FORWARD,
                                     .operand = {*tensor, FM_NONE, pixels, below, FM_NONE},
                                     .activation = FM_RELU});
    return status;
}

static int add_operand(job *j, size_t number, fm_error *error) {
    const fm_check_case *c = j->which;
    const fm_operand_info *o = &j->info->operand[number];
    const size_t cols = size_of(c, o->cols), rows = size_of(c, o->rows);
    int *tensor = &j->node.operand[number];
    if (fm_check_is_x(o) && c->x != FM_CHECK_WRITTEN)
        return add_x(tensor, j, error);
    switch (o->kind) {
    case FM_TENSOR_PARAMETERS:
        return add_parameters(tensor, j, rows, cols, o->access == FM_READ ? 0 : slots_of(c),
                              j->from->operand[number], error);
    case FM_TENSOR_GRADIENT:
        *tensor = fm_graph_gradient(j->graph, rows, cols);
        break;
    case FM_TENSOR_PARTIAL:
        *tensor = fm_graph_partial(j->graph);
        break;
    case FM_TENSOR_MASK:
        *tensor = fm_graph_mask(j->graph, cols);
        break;
    case FM_TENSOR_BATCH:
    default:
        *tensor = fm_graph_batch(j->graph, cols);
    }
    if (!fm_check_is_updated(c) || number != gradient_of(c))
        fm_graph_expose(j->graph, *tensor);
    return FM_OK;
}

/* Appends the update directly after its gradient, so that a back end may fuse them. */
static int add_update(job *j, fm_error *error) {
    const int gradient = j->node.operand[gradient_of(j->which)];
    const fm_tensor shape = j->graph->tensor[gradient];
    int status = add_parameters(&j->updated, j, shape.rows, shape.cols, slots_of(j->which),
                                j->from->updated, error);
    fm_graph_add(j->graph, (fm_node){FM_OP_UPDATE, .operand = {j->updated, gradient}});
    return status;
}

static int build(job *j, fm_error *error) {
    int status = fm_graph_create(&j->graph, j->which->rows + SPARE_ROWS, error);
    for (size_t i = 0; !status && i < FM_MOST_OPERANDS; i++) {
        j->node.operand[i] = FM_NONE;
        if (fm_check_has_operand(j->which, i))
            status = add_operand(j, i, error);
    }
    if (status)
        return status;
    fm_graph_add(j->graph, j->node);
    if (fm_check_is_updated(j->which))
        status = add_update(j, error);
    return status ? status : fm_graph_check(j->graph, error);
}

/* ---- On the device ---- */

static int create_samples(job *j, fm_error *error) {
    const size_t count = FM_CHECK_FIRST + j->which->rows;
    const fm_images images = {count, j->which->inputs, j->from->image, j->from->label};
    int status = FM_OK;
    if (j->graph->sources & (FM_USES_IMAGES | FM_USES_LABELS)) {
        status = fm_samples_create(&j->samples, j->backend, &images, error);
        if (!status)
            status = fm_samples_set_order(j->samples, j->from->order, count, error);
    }
    if (!status && j->graph->sources & FM_USES_OUTCOMES)
        status = fm_outcomes_create(&j->outcomes, j->backend, count, error);
    return status;
}

static int is_written(const job *j, size_t operand) {
    const int tensor = j->node.operand[operand];
    return tensor != FM_NONE && j->graph->tensor[tensor].is_host;
}

/* Writes each exposed tensor. Results and the rows beyond the batch are NaN before the run. */
static int write_operands(const job *j, fm_error *error) {
    const size_t rows = j->which->rows, all = rows + SPARE_ROWS;
    int status = FM_OK;
    for (size_t i = 0; !status && i < FM_MOST_OPERANDS; i++) {
        if (!is_written(j, i))
            continue;
        const int number = j->node.operand[i];
        const fm_tensor *tensor = &j->graph->tensor[number];
        if (fm_tensor_is_batch(tensor)) {
            float *stale = NULL;
            status =
                fm_memory_allocate(&stale, all * tensor->cols, sizeof *stale, "the check", error);
            for (size_t k = 0; !status && k < all * tensor->cols; k++)
                stale[k] = NAN;
            if (!status)
                status = fm_plan_write(j->plan, 0, number, stale, all, error);
            free(stale);
        }
        if (!status && j->info->operand[i].access != FM_WRITE)
            status = fm_plan_write(j->plan, 0, number, j->from->operand[i], rows, error);
    }
    return status;
}

static int compile(job *j, fm_error *error) {
    const fm_graph *graph = j->graph;
    const int rows = (int)j->which->rows;
    j->step = (fm_step){.first = FM_CHECK_FIRST, .rows = rows, .batch_rows = rows, .epoch = 1};
    if (j->which->optimizer)
        fm_schedule_update(&j->step.update, j->which->optimizer, STEP);
    return fm_plan_compile(&j->plan, j->backend, &graph, 1, j->parameters, graph->bindings,
                           FM_COMPILE_FUSED, error);
}

void fm_check_close(job *j) {
    if (!j)
        return;
    fm_plan_free(j->plan);
    fm_outcomes_free(j->outcomes);
    fm_samples_free(j->samples);
    for (size_t i = 0; i < MOST_PARAMETERS; i++)
        fm_parameters_free(j->parameters[i]);
    fm_graph_free(j->graph);
    free(j);
}

int fm_check_open(job **out, fm_backend *backend, const fm_check_case *which,
                  const fm_check_operands *operands, fm_error *error) {
    job *j = NULL;
    *out = NULL;
    int status = fm_memory_allocate(&j, 1, sizeof *j, "the check", error);
    if (status)
        return status;
    *j = (job){.backend = backend,
               .which = which,
               .from = operands,
               .info = fm_operation_get(which->operation),
               .node = {which->operation, .activation = which->activation, .loss = which->loss,
                        .rate = which->rate},
               .updated = FM_NONE};
    status = build(j, error);
    if (!status)
        status = create_samples(j, error);
    if (!status)
        status = compile(j, error);
    if (!status)
        status = write_operands(j, error);
    if (status)
        fm_check_close(j);
    else
        *out = j;
    return status;
}

int fm_check_compute(job *j, fm_error *error) {
    return fm_plan_run(j->plan, 0, j->samples, j->outcomes, &j->step, error);
}

/* ---- Results ---- */

static float *add_array(fm_check_result *out, const char *name, const char *of, size_t rows,
                        size_t cols) {
    fm_check_array *array = &out->array[out->array_count++];
    snprintf(array->name, sizeof array->name, "%s%s", name, of);
    array->first = out->count;
    array->count = rows * cols;
    array->cols = cols;
    out->count += array->count;
    return out->values + array->first;
}

/* Adds the arrays of weights and biases, or of a slope (no inputs). Returns the values. */
static float *add_layer(fm_check_result *out, const fm_tensor *shape, const char *of) {
    float *values = out->values + out->count;
    if (shape->cols)
        add_array(out, "weight", of, shape->rows, shape->cols);
    add_array(out, shape->cols ? "bias" : "slope", of, 1, shape->rows);
    return values;
}

static int read_parameters(fm_check_result *out, const job *j, int tensor, fm_error *error) {
    static const char *const of[] = {"", "'s s0", "'s s1"};
    const fm_tensor *shape = &j->graph->tensor[tensor];
    int status = FM_OK;
    for (size_t slot = 0; !status && slot <= slots_of(j->which) && slot < FM_COUNT(of); slot++) {
        float *values = add_layer(out, shape, of[slot]);
        status = fm_parameters_read(values, values + shape->rows * shape->cols,
                                    j->parameters[shape->binding], slot, error);
    }
    return status;
}

static int read_outcomes(fm_check_result *out, const job *j, fm_error *error) {
    const size_t rows = j->which->rows;
    uint8_t *predictions = NULL;
    int status = fm_memory_allocate(&predictions, rows, 1, "the check", error);
    if (!status)
        status = fm_outcomes_read(add_array(out, "loss", "", rows, 1), predictions, j->outcomes,
                                  FM_CHECK_FIRST, rows, error);
    if (!status) {
        float *numbers = add_array(out, "prediction", "", rows, 1);
        for (size_t i = 0; i < rows; i++)
            numbers[i] = (float)predictions[i];
    }
    free(predictions);
    return status;
}

static int read_operand(fm_check_result *out, const job *j, size_t operand, fm_error *error) {
    const int number = j->node.operand[operand];
    const fm_operand_info *o = &j->info->operand[operand];
    if (number == FM_NONE || o->access == FM_READ)
        return FM_OK;
    const fm_tensor *tensor = &j->graph->tensor[number];
    if (tensor->kind == FM_TENSOR_PARAMETERS)
        return read_parameters(out, j, number, error);
    if (!tensor->is_host)
        return FM_OK; /* a gradient fused with its update */
    float *values = tensor->kind == FM_TENSOR_GRADIENT
                        ? add_layer(out, tensor, "'s gradient")
                        : add_array(out, o->name, "", j->which->rows, tensor->cols);
    return fm_plan_read(values, j->plan, 0, number, j->which->rows, error);
}

/* Allocates the results. */
static int create_result(fm_check_result *out, const fm_check_case *c, fm_error *error) {
    size_t count = 2 * c->rows;
    for (size_t i = 0; i < FM_MOST_OPERANDS; i++)
        if (fm_check_has_operand(c, i))
            count += fm_check_operand_size(c, &fm_operation_get(c->operation)->operand[i]) *
                     (i == gradient_of(c) ? 1 + slots_of(c) : 1);
    *out = (fm_check_result){.values = NULL};
    return fm_memory_allocate(&out->values, count, sizeof *out->values, "the check", error);
}

int fm_check_read(fm_check_result *out, const job *j, fm_error *error) {
    int status = create_result(out, j->which, error);
    for (size_t i = 0; !status && i < FM_MOST_OPERANDS; i++)
        status = read_operand(out, j, i, error);
    if (!status && j->updated != FM_NONE)
        status = read_parameters(out, j, j->updated, error);
    return status || !j->outcomes ? status : read_outcomes(out, j, error);
}

int fm_check_run(fm_check_result *out, fm_backend *backend, const fm_check_case *which,
                 const fm_check_operands *operands, fm_error *error) {
    job *j = NULL;
    *out = (fm_check_result){.values = NULL};
    int status = fm_check_open(&j, backend, which, operands, error);
    if (!status)
        status = fm_check_compute(j, error);
    if (!status)
        status = fm_check_read(out, j, error);
    fm_check_close(j);
    return status;
}

void fm_check_case_text(char *out, size_t size, const fm_check_case *c) {
    static const char *const of[] = {"", ", of pixels", ", of a ReLU's output"};
    const fm_node node = {c->operation, .inputs = c->inputs, .outputs = c->outputs};
    const fm_optimizer *o = c->optimizer;
    char text[96], optimizer[64] = "";
    fm_node_text(text, sizeof text, &node, c->rows);
    if (o)
        snprintf(optimizer, sizeof optimizer, ", %s%s%s%s", fm_optimizer_name(o->kind),
                 o->momentum > 0 ? " with momentum" : "", o->nesterov ? " (nesterov)" : "",
                 o->weight_decay > 0 ? " and decay" : "");
    snprintf(out, size, "%s%s%s%s%s%s%s", text, c->activation != FM_IDENTITY ? ", " : "",
             c->activation != FM_IDENTITY ? fm_activation_name(c->activation) : "",
             c->operation == FM_OP_LOSS ? ", " : "",
             c->operation == FM_OP_LOSS ? fm_loss_name(c->loss) : "", optimizer, of[c->x]);
}
