/* What lives on an OpenCL device: created, freed, copied to and from the host. */
#include "ops/opencl_memory.h"

#include <limits.h>
#include <stdlib.h>

#include "base/memory.h"
#include "cl/buffer.h"

static size_t round_up(size_t value, size_t step) {
    return fm_groups(value, step) * step;
}

/* Kernels count in 32-bit ints. */
static int fits(size_t floats, const char *what, fm_error *error) {
    if (floats > INT_MAX)
        return fm_error_set(error, FM_E_MEMORY, what, "%zu floats are more than a kernel can count",
                            floats);
    return FM_OK;
}

static int reserve_scratch(opencl *self, size_t floats, fm_error *error) {
    cl_mem grown = NULL;
    if (self->arena || floats <= self->scratch_size)
        return FM_OK;
    int status = fm_cl_buffer_create(&grown, self->context, floats * sizeof(float), error);
    if (status)
        return status;
    fm_cl_buffer_free(self->scratch);
    self->scratch = grown;
    self->scratch_size = floats;
    return FM_OK;
}

/* Zeroed floats: in the arena, or a buffer of their own. */
static int take(cl_mem *buffer, cl_int *place, opencl *self, size_t floats, fm_error *error) {
    if (self->arena)
        return fm_arena_take(place, self->arena, floats, error);
    return fm_cl_buffer_create(buffer, self->context, floats * sizeof(float), error);
}

int fm_opencl_settle(opencl *self, fm_error *error) {
    return self->settle ? self->settle(self, error) : FM_OK;
}

static void give_back(opencl *self, cl_mem buffer) {
    fm_opencl_settle(self, NULL);
    if (self->arena)
        fm_arena_leave(self->arena);
    fm_cl_buffer_free(buffer);
}

/* Floats from `first` on of what lies in the buffer, or else at that place of the arena. Both wait.
 */
static int read_floats(float *out, opencl *self, cl_mem buffer, cl_int place, size_t first,
                       size_t floats, fm_error *error) {
    int status = fm_opencl_settle(self, error);
    if (status)
        return status;
    return fm_cl_buffer_read(out, buffer ? buffer : self->arena->buffer, self->context,
                             ((size_t)place + first) * sizeof(float), floats * sizeof(float),
                             error);
}

static int write_floats(opencl *self, cl_mem buffer, cl_int place, const float *values,
                        size_t first, size_t floats, fm_error *error) {
    int status = fm_opencl_settle(self, error);
    if (status)
        return status;
    return fm_cl_buffer_write(buffer ? buffer : self->arena->buffer, self->context, values,
                              ((size_t)place + first) * sizeof(float), floats * sizeof(float),
                              error);
}

static int matrix_create(fm_matrix **out, fm_ops *ops, size_t rows, size_t cols, fm_error *error) {
    opencl *self = (opencl *)ops;
    opencl_matrix *matrix = NULL;
    size_t stride = round_up(cols, FM_ROW_ALIGN);
    /* An even number of cache lines from row to row would send one column of all rows to a few
     * sets of the cache. */
    if (stride / FM_ROW_ALIGN % 2 == 0)
        stride += FM_ROW_ALIGN;
    size_t floats = round_up(rows, FM_ROWS_ALIGN) * stride;
    int status = fits(floats, "a matrix", error);
    if (!status)
        status = reserve_scratch(self, floats, error);
    if (!status)
        status = fm_memory_allocate(&matrix, 1, sizeof *matrix, "a matrix", error);
    if (status)
        return status;
    matrix->base = (fm_matrix){.ops = ops, .rows = rows, .cols = cols};
    matrix->stride = (cl_int)stride;
    status = take(&matrix->buffer, &matrix->place, self, floats, error);
    if (status)
        free(matrix);
    else
        *out = &matrix->base;
    return status;
}

static void matrix_free(fm_matrix *matrix) {
    give_back((opencl *)matrix->ops, ((opencl_matrix *)matrix)->buffer);
    free(matrix);
}

static int matrix_write(fm_matrix *matrix, const float *values, size_t rows, fm_error *error) {
    opencl_matrix *m = (opencl_matrix *)matrix;
    opencl *self = (opencl *)matrix->ops;
    size_t stride = (size_t)m->stride, cols = matrix->cols;
    float *staged = NULL;
    int status = fm_memory_allocate(&staged, rows * stride, sizeof *staged, "a matrix", error);
    if (status)
        return status;
    for (size_t i = 0; i < rows; i++)
        for (size_t c = 0; c < cols; c++)
            staged[i * stride + c] = values[i * cols + c];
    m->sparse = 0;
    status = write_floats(self, m->buffer, m->place, staged, 0, rows * stride, error);
    free(staged);
    return status;
}

static int matrix_read(float *out, fm_matrix *matrix, size_t rows, fm_error *error) {
    opencl_matrix *m = (opencl_matrix *)matrix;
    opencl *self = (opencl *)matrix->ops;
    size_t stride = (size_t)m->stride, cols = matrix->cols;
    float *staged = NULL;
    int status = fm_memory_allocate(&staged, rows * stride, sizeof *staged, "a matrix", error);
    if (status)
        return status;
    status = read_floats(staged, self, m->buffer, m->place, 0, rows * stride, error);
    for (size_t i = 0; !status && i < rows; i++)
        for (size_t c = 0; c < cols; c++)
            out[i * cols + c] = staged[i * stride + c];
    free(staged);
    return status;
}

static int parameters_create(fm_parameters **out, fm_ops *ops, size_t outputs, size_t inputs,
                             size_t slots, fm_error *error) {
    opencl *self = (opencl *)ops;
    opencl_parameters *p = NULL;
    size_t size = self->layout->size(outputs, inputs);
    size_t floats = (1 + slots) * size;
    int status = fits(floats, "parameters", error);
    if (!status)
        status = reserve_scratch(self, size, error);
    if (!status)
        status = fm_memory_allocate(&p, 1, sizeof *p, "parameters", error);
    if (status)
        return status;
    p->base = (fm_parameters){.ops = ops, .outputs = outputs, .inputs = inputs, .slots = slots};
    p->size = (cl_int)size;
    status = take(&p->buffer, &p->place, self, floats, error);
    if (status)
        free(p);
    else
        *out = &p->base;
    return status;
}

static void parameters_free(fm_parameters *parameters) {
    give_back((opencl *)parameters->ops, ((opencl_parameters *)parameters)->buffer);
    free(parameters);
}

static int parameters_write(fm_parameters *parameters, size_t slot, const float *weight,
                            const float *bias, fm_error *error) {
    opencl_parameters *p = (opencl_parameters *)parameters;
    opencl *self = (opencl *)parameters->ops;
    size_t size = (size_t)p->size, outputs = parameters->outputs, inputs = parameters->inputs;
    float *staged = NULL;
    int status = fm_memory_allocate(&staged, size, sizeof *staged, "parameters", error);
    if (status)
        return status;
    for (size_t o = 0; o < outputs; o++) {
        for (size_t k = 0; k < inputs; k++)
            staged[self->layout->index(outputs, inputs, o, k)] = weight[o * inputs + k];
        staged[self->layout->index(outputs, inputs, o, inputs)] = bias[o];
    }
    status = write_floats(self, p->buffer, p->place, staged, slot * size, size, error);
    free(staged);
    return status;
}

static int parameters_read(float *weight, float *bias, fm_parameters *parameters, size_t slot,
                           fm_error *error) {
    opencl_parameters *p = (opencl_parameters *)parameters;
    opencl *self = (opencl *)parameters->ops;
    size_t size = (size_t)p->size, outputs = parameters->outputs, inputs = parameters->inputs;
    float *staged = NULL;
    int status = fm_memory_allocate(&staged, size, sizeof *staged, "parameters", error);
    if (status)
        return status;
    status = read_floats(staged, self, p->buffer, p->place, slot * size, size, error);
    for (size_t o = 0; !status && o < outputs; o++) {
        for (size_t k = 0; k < inputs; k++)
            weight[o * inputs + k] = staged[self->layout->index(outputs, inputs, o, k)];
        bias[o] = staged[self->layout->index(outputs, inputs, o, inputs)];
    }
    free(staged);
    return status;
}

static void samples_free(fm_samples *samples) {
    opencl_samples *s = (opencl_samples *)samples;
    /* What is queued may still read the host's images in place, after a failure for example, and
     * the caller may free them now. */
    if (s->images) {
        fm_opencl_settle((opencl *)samples->ops, NULL);
        fm_cl_context_finish(((opencl *)samples->ops)->context, NULL);
    }
    fm_cl_buffer_free(s->order);
    fm_cl_buffer_free(s->labels);
    fm_cl_buffer_free(s->images);
    free(s);
}

static int samples_set_order(fm_samples *samples, const uint32_t *order, size_t count,
                             fm_error *error) {
    opencl *self = (opencl *)samples->ops;
    int status = fm_opencl_settle(self, error);
    if (status)
        return status;
    return fm_cl_buffer_write(((opencl_samples *)samples)->order, self->context, order, 0,
                              count * sizeof *order, error);
}

static int samples_create(fm_samples **out, fm_ops *ops, const fm_images *images, fm_error *error) {
    const opencl *self = (opencl *)ops;
    opencl_samples *s = NULL;
    uint32_t *order = NULL;
    int status = fm_memory_allocate(&s, 1, sizeof *s, "samples", error);
    if (!status)
        status = fm_memory_allocate(&order, images->count, sizeof *order, "the order", error);
    if (status)
        goto out;
    s->base = (fm_samples){.ops = ops, .count = images->count, .pixels = images->pixels};
    for (size_t i = 0; i < images->count; i++)
        order[i] = (uint32_t)i;
    status = fm_cl_buffer_wrap(&s->images, self->context, images->image,
                               images->count * images->pixels, error);
    if (!status && images->label)
        status = fm_cl_buffer_wrap(&s->labels, self->context, images->label, images->count, error);
    if (!status)
        status =
            fm_cl_buffer_create(&s->order, self->context, images->count * sizeof *order, error);
    if (!status)
        status = samples_set_order(&s->base, order, images->count, error);
out:
    free(order);
    if (!status)
        *out = &s->base;
    else if (s)
        samples_free(&s->base);
    return status;
}

static void outcomes_free(fm_outcomes *outcomes) {
    fm_opencl_settle((opencl *)outcomes->ops, NULL);
    fm_cl_buffer_free(((opencl_outcomes *)outcomes)->losses);
    fm_cl_buffer_free(((opencl_outcomes *)outcomes)->classes);
    free(outcomes);
}

static int outcomes_create(fm_outcomes **out, fm_ops *ops, size_t count, fm_error *error) {
    const opencl *self = (opencl *)ops;
    opencl_outcomes *o = NULL;
    int status = fm_memory_allocate(&o, 1, sizeof *o, "outcomes", error);
    if (status)
        return status;
    o->base = (fm_outcomes){.ops = ops, .count = count};
    status = fm_cl_buffer_create(&o->losses, self->context, count * sizeof(float), error);
    if (!status)
        status = fm_cl_buffer_create(&o->classes, self->context, count, error);
    if (status)
        outcomes_free(&o->base);
    else
        *out = &o->base;
    return status;
}

static int outcomes_read(float *losses, uint8_t *classes, fm_outcomes *outcomes, size_t first,
                         size_t count, fm_error *error) {
    const opencl_outcomes *o = (opencl_outcomes *)outcomes;
    opencl *self = (opencl *)outcomes->ops;
    int status = fm_opencl_settle(self, error);
    if (!status && losses && count)
        status = fm_cl_buffer_read(losses, o->losses, self->context, first * sizeof *losses,
                                   count * sizeof *losses, error);
    if (!status && classes && count)
        status = fm_cl_buffer_read(classes, o->classes, self->context, first, count, error);
    return status;
}

const fm_memory_table fm_opencl_memory = {
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
