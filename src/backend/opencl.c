#include "backend/opencl.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cl/buffer.h"
#include "cl/launch.h"
#include "cl/program.h"

static fm_opencl *opencl_of(fm_backend *backend) {
    return (fm_opencl *)backend;
}

static size_t round_up(size_t value, size_t step) {
    return fm_groups(value, step) * step;
}

size_t fm_batch_stride(size_t cols) {
    size_t stride = round_up(cols, FM_ROW_ALIGN);
    /* With an even number of cache lines per row, one column of all rows would map to only a few
     * sets of the cache. */
    return stride / FM_ROW_ALIGN % 2 == 0 ? stride + FM_ROW_ALIGN : stride;
}

size_t fm_mask_stride(size_t cols) {
    return fm_batch_stride(fm_groups(fm_mask_bytes(cols), sizeof(float))) * sizeof(float);
}

int fm_tensor_stride(const fm_tensor *tensor) {
    return (int)(tensor->kind == FM_TENSOR_MASK ? fm_mask_stride(tensor->cols) / sizeof(float)
                                                : fm_batch_stride(tensor->cols));
}

/* Floats of the arena, starting at `offset`. Both functions wait. */
static int read_floats(float *out, fm_opencl *self, size_t offset, size_t floats, fm_error *error) {
    int status = fm_arena_prepare(&self->arena, self->context, error);
    return status ? status
                  : fm_cl_buffer_read(out, self->arena.buffer, self->context, offset * sizeof *out,
                                      floats * sizeof *out, error);
}

static int write_floats(fm_opencl *self, size_t offset, const float *values, size_t floats,
                        fm_error *error) {
    int status = fm_arena_prepare(&self->arena, self->context, error);
    return status ? status
                  : fm_cl_buffer_write(self->arena.buffer, self->context, values,
                                       offset * sizeof *values, floats * sizeof *values, error);
}

/* ---- Parameters ---- */

static int parameters_create(fm_parameters **out, fm_backend *backend, size_t outputs,
                             size_t inputs, size_t slots, fm_error *error) {
    fm_opencl *self = opencl_of(backend);
    fm_opencl_parameters *p = NULL;
    const size_t size = self->layout->size(outputs, inputs);
    int status = fm_memory_allocate(&p, 1, sizeof *p, "parameters", error);
    if (status)
        return status;
    p->base = (fm_parameters){backend, outputs, inputs, slots};
    p->size = (int)size;
    status = fm_arena_reserve(&p->offset, &self->arena, (1 + slots) * size, error);
    if (status)
        free(p);
    else
        *out = &p->base;
    return status;
}

static void parameters_free(fm_parameters *parameters) {
    fm_arena_release(&opencl_of(parameters->backend)->arena);
    free(parameters);
}

/* Copies weight [outputs][inputs] and bias [outputs] to a device's layout, whose padding is 0. */
static void lay_out(float *staged, const float *weight, const float *bias, const fm_layout *layout,
                    size_t outputs, size_t inputs) {
    memset(staged, 0, layout->size(outputs, inputs) * sizeof *staged);
    for (size_t o = 0; o < outputs; o++) {
        for (size_t k = 0; k < inputs; k++)
            staged[layout->index(outputs, inputs, o, k)] = weight[o * inputs + k];
        staged[layout->index(outputs, inputs, o, inputs)] = bias[o];
    }
}

static void take_out(float *weight, float *bias, const float *staged, const fm_layout *layout,
                     size_t outputs, size_t inputs) {
    for (size_t o = 0; o < outputs; o++) {
        for (size_t k = 0; k < inputs; k++)
            weight[o * inputs + k] = staged[layout->index(outputs, inputs, o, k)];
        bias[o] = staged[layout->index(outputs, inputs, o, inputs)];
    }
}

static int write_parameters(fm_opencl *self, size_t offset, const float *weight, const float *bias,
                            size_t outputs, size_t inputs, fm_error *error) {
    const size_t size = self->layout->size(outputs, inputs);
    float *staged = NULL;
    int status = fm_memory_allocate(&staged, size, sizeof *staged, "parameters", error);
    if (status)
        return status;
    lay_out(staged, weight, bias, self->layout, outputs, inputs);
    status = write_floats(self, offset, staged, size, error);
    free(staged);
    return status;
}

static int read_parameters(float *weight, float *bias, fm_opencl *self, size_t offset,
                           size_t outputs, size_t inputs, fm_error *error) {
    const size_t size = self->layout->size(outputs, inputs);
    float *staged = NULL;
    int status = fm_memory_allocate(&staged, size, sizeof *staged, "parameters", error);
    if (!status)
        status = read_floats(staged, self, offset, size, error);
    if (!status)
        take_out(weight, bias, staged, self->layout, outputs, inputs);
    free(staged);
    return status;
}

static size_t slot_offset(const fm_parameters *parameters, size_t slot) {
    const fm_opencl_parameters *p = (const fm_opencl_parameters *)parameters;
    return (size_t)p->offset + slot * (size_t)p->size;
}

static int parameters_write(fm_parameters *parameters, size_t slot, const float *weight,
                            const float *bias, fm_error *error) {
    return write_parameters(opencl_of(parameters->backend), slot_offset(parameters, slot), weight,
                            bias, parameters->outputs, parameters->inputs, error);
}

static int parameters_read(float *weight, float *bias, fm_parameters *parameters, size_t slot,
                           fm_error *error) {
    return read_parameters(weight, bias, opencl_of(parameters->backend),
                           slot_offset(parameters, slot), parameters->outputs, parameters->inputs,
                           error);
}

/* ---- Samples and outcomes ---- */

static void samples_free(fm_samples *samples) {
    fm_opencl_samples *s = (fm_opencl_samples *)samples;
    /* Queued work may still read the host's images in place, for example after a failure, and the
     * caller may free them next. */
    if (s->images)
        fm_cl_context_finish(opencl_of(samples->backend)->context, NULL);
    fm_cl_buffer_free(s->order);
    fm_cl_buffer_free(s->images);
    free(s);
}

static int samples_set_order(fm_samples *samples, const uint32_t *order, size_t count,
                             fm_error *error) {
    const fm_opencl_samples *s = (fm_opencl_samples *)samples;
    uint32_t(*pairs)[2] = NULL;
    int status = fm_memory_allocate(&pairs, count ? count : 1, sizeof *pairs, "the order", error);
    if (status)
        return status;
    for (size_t i = 0; i < count; i++) {
        pairs[i][0] = order[i];
        pairs[i][1] = s->label ? s->label[order[i]] : 0;
    }
    status = fm_cl_buffer_write(s->order, opencl_of(samples->backend)->context, pairs, 0,
                                count * sizeof *pairs, error);
    free(pairs);
    return status;
}

static int set_first_order(fm_samples *samples, fm_error *error) {
    uint32_t *order = NULL;
    int status = fm_memory_allocate(&order, samples->count, sizeof *order, "the order", error);
    if (status)
        return status;
    for (size_t i = 0; i < samples->count; i++)
        order[i] = (uint32_t)i;
    status = samples_set_order(samples, order, samples->count, error);
    free(order);
    return status;
}

static int samples_create(fm_samples **out, fm_backend *backend, const fm_images *images,
                          fm_error *error) {
    fm_opencl *self = opencl_of(backend);
    fm_opencl_samples *s = NULL;
    int status = fm_memory_allocate(&s, 1, sizeof *s, "samples", error);
    if (status)
        return status;
    s->base = (fm_samples){.backend = backend, .count = images->count, .pixels = images->pixels};
    s->label = images->label;
    s->serial = ++self->serials;
    status = fm_cl_buffer_wrap(&s->images, self->context, images->image,
                               images->count * images->pixels, error);
    if (!status)
        status = fm_cl_buffer_create(&s->order, self->context, images->count * 2 * sizeof(uint32_t),
                                     error);
    if (!status)
        status = set_first_order(&s->base, error);
    if (status)
        samples_free(&s->base);
    else
        *out = &s->base;
    return status;
}

static void outcomes_free(fm_outcomes *outcomes) {
    fm_cl_buffer_free(((fm_opencl_outcomes *)outcomes)->buffer);
    free(((fm_opencl_outcomes *)outcomes)->received);
    free(outcomes);
}

static int outcomes_create(fm_outcomes **out, fm_backend *backend, size_t count, fm_error *error) {
    fm_opencl_outcomes *o = NULL;
    int status = fm_memory_allocate(&o, 1, sizeof *o, "outcomes", error);
    if (status)
        return status;
    o->base = (fm_outcomes){backend, count};
    o->serial = ++opencl_of(backend)->serials;
    status = fm_memory_allocate(&o->received, count, sizeof *o->received, "outcomes", error);
    if (!status)
        status = fm_cl_buffer_create(&o->buffer, opencl_of(backend)->context,
                                     count * sizeof *o->received, error);
    if (status)
        outcomes_free(&o->base);
    else
        *out = &o->base;
    return status;
}

static int outcomes_read(float *losses, uint8_t *predictions, fm_outcomes *outcomes, size_t first,
                         size_t count, fm_error *error) {
    const fm_opencl_outcomes *o = (fm_opencl_outcomes *)outcomes;
    if (!count)
        return FM_OK;
    int status = fm_cl_buffer_read(o->received, o->buffer, opencl_of(outcomes->backend)->context,
                                   first * sizeof *o->received, count * sizeof *o->received, error);
    for (size_t i = 0; !status && i < count; i++) {
        if (losses)
            losses[i] = o->received[i].loss;
        if (predictions)
            predictions[i] = (uint8_t)o->received[i].prediction;
    }
    return status;
}

/* ---- The tensors of a plan ---- */

/* Floats of a tensor in the workspace. */
static size_t size_of(const fm_opencl *self, const fm_tensor *tensor, size_t rows) {
    if (!rows || tensor->kind == FM_TENSOR_PARAMETERS)
        return 0;
    if (tensor->kind == FM_TENSOR_GRADIENT)
        return self->layout->size(tensor->rows, tensor->cols);
    return round_up(rows, FM_ROWS_ALIGN) * (size_t)fm_tensor_stride(tensor);
}

int fm_opencl_plan_fuses(const fm_opencl_plan *plan, const fm_graph *graph, size_t i) {
    const fm_node *node = &graph->node[i];
    const int gradient = node->operand[0];
    if (plan->is_separate || !fm_node_is_gradient(node) || i + 1 >= graph->node_count ||
        node[1].operation != FM_OP_UPDATE || node[1].operand[1] != gradient ||
        graph->tensor[gradient].is_host)
        return 0;
    for (size_t n = 0; n < graph->node_count; n++)
        if (n != i && n != i + 1 && fm_node_uses(&graph->node[n], gradient))
            return 0;
    return 1;
}

/* Whether a tensor is a gradient that every graph fuses with its update. */
static int needs_no_memory(const fm_opencl_plan *plan, int tensor) {
    int is_fused = plan->base.graph[0]->tensor[tensor].kind == FM_TENSOR_GRADIENT;
    for (size_t g = 0; is_fused && g < plan->base.count; g++) {
        const fm_graph *graph = plan->base.graph[g];
        is_fused = !graph->tensor[tensor].is_host;
        for (size_t i = 0; is_fused && i < graph->node_count; i++)
            if (fm_opencl_plan_fuses(plan, graph, i))
                i++;
            else
                is_fused = !fm_node_uses(&graph->node[i], tensor);
    }
    return is_fused;
}

int fm_opencl_plan_allocate(fm_opencl_plan *plan, int *scratch, fm_parameters *const *parameters,
                            size_t scratch_floats, fm_error *error) {
    const fm_graph *graph = plan->base.graph[0];
    fm_opencl *self = opencl_of(plan->base.backend);
    size_t floats = 0;
    int start = 0;
    int status = fm_memory_allocate(&plan->offset, graph->tensor_count + 1, sizeof *plan->offset,
                                    "a plan", error);
    for (size_t t = 0; !status && t < graph->tensor_count; t++) {
        const fm_tensor *tensor = &graph->tensor[t];
        const size_t own = needs_no_memory(plan, (int)t)
                               ? 0
                               : size_of(self, tensor, fm_plan_rows(&plan->base, (int)t));
        if (tensor->kind == FM_TENSOR_PARAMETERS)
            plan->offset[t] = ((const fm_opencl_parameters *)parameters[tensor->binding])->offset;
        else
            plan->offset[t] = own && floats <= INT_MAX ? (int)floats : FM_NONE;
        floats += round_up(own, FM_ROW_ALIGN);
    }
    if (!status)
        status = fm_arena_reserve(&start, &self->arena, floats + scratch_floats, error);
    if (status)
        return status;
    plan->has_workspace = 1;
    for (size_t t = 0; t < graph->tensor_count; t++)
        if (graph->tensor[t].kind != FM_TENSOR_PARAMETERS && plan->offset[t] != FM_NONE)
            plan->offset[t] += start;
    *scratch = start + (int)floats;
    return FM_OK;
}

void fm_opencl_plan_free(fm_opencl_plan *plan) {
    if (plan->has_workspace)
        fm_arena_release(&opencl_of(plan->base.backend)->arena);
    free(plan->offset);
}

static void write_rows(float *staged, size_t stride, const float *values, const fm_tensor *tensor,
                       size_t rows) {
    const size_t cols = tensor->cols;
    memset(staged, 0, rows * stride * sizeof *staged);
    for (size_t i = 0; i < rows; i++)
        for (size_t c = 0; c < cols; c++) {
            if (tensor->kind != FM_TENSOR_MASK)
                staged[i * stride + c] = values[i * cols + c];
            else if (values[i * cols + c] != 0.0f)
                ((uint8_t *)(staged + i * stride))[c / 8] |= (uint8_t)(1U << c % 8);
        }
}

static void read_rows(float *out, const float *staged, size_t stride, const fm_tensor *tensor,
                      size_t rows) {
    const size_t cols = tensor->cols;
    for (size_t i = 0; i < rows; i++)
        for (size_t c = 0; c < cols; c++)
            out[i * cols + c] =
                tensor->kind == FM_TENSOR_MASK
                    ? (float)(((const uint8_t *)(staged + i * stride))[c / 8] >> c % 8 & 1)
                    : staged[i * stride + c];
}

static int plan_write(fm_plan *base, size_t graph, int number, const float *values, size_t rows,
                      fm_error *error) {
    const fm_tensor *tensor = &base->graph[graph]->tensor[number];
    fm_opencl *self = opencl_of(base->backend);
    const size_t offset = (size_t)((fm_opencl_plan *)base)->offset[number];
    const size_t stride = (size_t)fm_tensor_stride(tensor);
    float *staged = NULL;
    if (tensor->kind == FM_TENSOR_GRADIENT)
        return write_parameters(self, offset, values, values + tensor->rows * tensor->cols,
                                tensor->rows, tensor->cols, error);
    int status = fm_memory_allocate(&staged, rows * stride, sizeof *staged, "a tensor", error);
    if (status)
        return status;
    write_rows(staged, stride, values, tensor, rows);
    status = write_floats(self, offset, staged, rows * stride, error);
    free(staged);
    return status;
}

static int plan_read(float *out, fm_plan *base, size_t graph, int number, size_t rows,
                     fm_error *error) {
    const fm_tensor *tensor = &base->graph[graph]->tensor[number];
    fm_opencl *self = opencl_of(base->backend);
    const size_t offset = (size_t)((fm_opencl_plan *)base)->offset[number];
    const size_t stride = (size_t)fm_tensor_stride(tensor);
    float *staged = NULL;
    if (tensor->kind == FM_TENSOR_GRADIENT)
        return read_parameters(out, out + tensor->rows * tensor->cols, self, offset, tensor->rows,
                               tensor->cols, error);
    int status = fm_memory_allocate(&staged, rows * stride, sizeof *staged, "a tensor", error);
    if (!status)
        status = read_floats(staged, self, offset, rows * stride, error);
    if (!status)
        read_rows(out, staged, stride, tensor, rows);
    free(staged);
    return status;
}

/* ---- The arguments of kernels ---- */

int fm_opencl_bind(int *changed, fm_opencl_binding *binding, fm_opencl *self,
                   const fm_samples *samples, const fm_outcomes *outcomes, fm_error *error) {
    int status = fm_arena_prepare(&self->arena, self->context, error);
    const fm_opencl_binding now = {
        .arena = self->arena.buffer,
        .arena_size = self->arena.size,
        .samples = samples ? ((const fm_opencl_samples *)samples)->serial : 0,
        .outcomes = outcomes ? ((const fm_opencl_outcomes *)outcomes)->serial : 0,
    };
    *changed = now.arena != binding->arena || now.arena_size != binding->arena_size ||
               now.samples != binding->samples || now.outcomes != binding->outcomes;
    *binding = now;
    return status;
}

int fm_opencl_set_buffers(cl_kernel kernel, size_t count, const fm_opencl *self,
                          const fm_samples *samples, const fm_outcomes *outcomes, fm_error *error) {
    /* A buffer that no operation of the graph uses still needs a value. */
    cl_mem arena = self->arena.buffer;
    const fm_opencl_samples *s = (const fm_opencl_samples *)samples;
    cl_mem images = s ? s->images : arena, order = s ? s->order : arena;
    cl_mem out = outcomes ? ((const fm_opencl_outcomes *)outcomes)->buffer : arena;
    const fm_cl_argument arguments[] = {FM_CL_ARGUMENT(arena), FM_CL_ARGUMENT(images),
                                        FM_CL_ARGUMENT(order), FM_CL_ARGUMENT(out)};
    return fm_cl_set_arguments(kernel, 0, arguments, count, error);
}

/* ---- The queue ---- */

static int end_step(fm_backend *backend, size_t *queued, fm_error *error) {
    return fm_cl_context_mark(queued, opencl_of(backend)->context, error);
}

static int finish(fm_backend *backend, fm_error *error) {
    return fm_cl_context_finish(opencl_of(backend)->context, error);
}

/* ---- The back end ---- */

static void opencl_free(fm_backend *backend) {
    fm_cl_program_free(opencl_of(backend)->program);
    free(backend);
}

/* -w: a CPU driver would otherwise warn every user that vectors change the calling convention.
 * -cl-denorms-are-zero: the moments of weights that no longer get a gradient decay into denormals,
 * for which a processor takes twice as long to compute a root or a quotient. */
int fm_opencl_build(fm_opencl *self, const char *const *sources, const char *options,
                    fm_error *error) {
    char text[256];
    size_t count = 0;
    while (sources[count])
        count++;
    snprintf(text, sizeof text, "-cl-std=CL1.2 -cl-denorms-are-zero -w %s", options);
    return fm_cl_program_create(&self->program, self->context, sources, count, text, error);
}

void fm_opencl_init(fm_opencl *out, fm_cl_context *context, const fm_choices *choices,
                    const fm_layout *layout) {
    out->table = (fm_backend_table){
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
        .plan_write = plan_write,
        .plan_read = plan_read,
        .end_step = end_step,
        .finish = finish,
        .free = opencl_free,
    };
    out->base.table = &out->table;
    out->context = context;
    out->choices = *choices;
    out->layout = layout;
}
