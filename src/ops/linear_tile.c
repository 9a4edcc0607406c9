/* The linear layer on a GPU device: launches of kernels/linear_tile.cl.
 *
 * A launch takes a GPU as long as a small layer, so some operations wait for those they can be
 * launched with: the gather for the first layer, the last layer for the loss, the gradients of
 * parameters for each other. A step of a network with three layers is six launches in place of ten.
 * Nobody can tell: what waits is launched before anything that would see or disturb it. */
#include <stdio.h>
#include <string.h>

#include "kernels.h"
#include "ops/choices.h"
#include "ops/linear_rows.h"
#include "ops/opencl_memory.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { FORWARD, FORWARD_IMAGES, FORWARD_LOSS, BACKWARD_INPUT, BACKWARD_PARAMETERS };

/* A product of [rows x depth] and [depth x cols]. Axis 0 runs along its columns. */
static fm_cl_range tiles(const opencl *self, size_t rows, size_t cols, size_t depth) {
    const size_t side = (size_t)self->choices.side, items = side / (size_t)self->choices.work;
    double m = (double)rows, n = (double)cols, k = (double)depth;
    return (fm_cl_range){.groups = {fm_groups(cols, side), fm_groups(rows, side)},
                         .items = {items, FM_TILE_TEAMS * items},
                         .flop = 2 * m * n * k,
                         .bytes = sizeof(cl_float) * (m * k + k * n + m * n)};
}

/* ---- Launches ---- */

/* As the kernels have them: what all three begin with, and one of them goes on with. */
typedef struct forward_call {
    opencl_matrix *y, *z;
    const opencl_matrix *x;
    const opencl_parameters *parameters, *slope;
    enum fm_activation activation;
    size_t rows;
} forward_call;

static int launch_forward(opencl *self, const forward_call *call, int kernel,
                          const fm_cl_argument *further, size_t further_count, fm_error *error) {
    enum { SHARED = 13, MOST_FURTHER = 8 };
    const opencl_parameters *p = call->parameters;
    cl_int kind = (cl_int)call->activation, keep_z = call->z != NULL;
    cl_int row_count = (cl_int)call->rows;
    cl_int inputs = (cl_int)p->base.inputs, outputs = (cl_int)p->base.outputs;
    cl_int stride = (cl_int)fm_linear_rows_stride(p->base.outputs);
    cl_mem kept = call->z ? call->z->buffer : call->y->buffer;
    cl_mem slope = call->slope ? call->slope->buffer : p->buffer;
    fm_cl_argument arguments[SHARED + MOST_FURTHER] = {
        FM_CL_ARGUMENT(call->y->buffer), FM_CL_ARGUMENT(kept),
        FM_CL_ARGUMENT(call->x->buffer), FM_CL_ARGUMENT(p->buffer),
        FM_CL_ARGUMENT(slope),           FM_CL_ARGUMENT(kind),
        FM_CL_ARGUMENT(keep_z),          FM_CL_ARGUMENT(row_count),
        FM_CL_ARGUMENT(inputs),          FM_CL_ARGUMENT(outputs),
        FM_CL_ARGUMENT(call->x->stride), FM_CL_ARGUMENT(call->y->stride),
        FM_CL_ARGUMENT(stride),
    };
    for (size_t i = 0; i < further_count; i++)
        arguments[SHARED + i] = further[i];
    return fm_cl_launch(self->context, self->linear_kernel[kernel], arguments,
                        SHARED + further_count,
                        tiles(self, call->rows, p->base.outputs, p->base.inputs), error);
}

static int launch_forward_images(opencl *self, const forward_call *call,
                                 const opencl_samples *samples, size_t first, fm_error *error) {
    cl_int from = (cl_int)first;
    const fm_cl_argument images[] = {
        FM_CL_ARGUMENT(samples->images),
        FM_CL_ARGUMENT(samples->order),
        FM_CL_ARGUMENT(from),
    };
    return launch_forward(self, call, FORWARD_IMAGES, images, COUNT(images), error);
}

static int launch_forward_loss(opencl *self, const forward_call *call, const fm_loss_call *loss,
                               fm_error *error) {
    cl_int kind = (cl_int)loss->kind, from = (cl_int)loss->first;
    cl_float scale = loss->dlogits ? 1.0f / (cl_float)loss->rows : 0.0f;
    cl_mem gradient = loss->dlogits ? loss->dlogits->buffer : loss->logits->buffer;
    const fm_cl_argument scores[] = {
        FM_CL_ARGUMENT(gradient),
        FM_CL_ARGUMENT(loss->outcomes->losses),
        FM_CL_ARGUMENT(loss->outcomes->classes),
        FM_CL_ARGUMENT(loss->samples->labels),
        FM_CL_ARGUMENT(loss->samples->order),
        FM_CL_ARGUMENT(kind),
        FM_CL_ARGUMENT(scale),
        FM_CL_ARGUMENT(from),
    };
    return launch_forward(self, call, FORWARD_LOSS, scores, COUNT(scores), error);
}

/* A layer in a launch of gradients: a vector of eight in the kernel. */
typedef struct gradient_layer {
    cl_int first, across;
    cl_int inputs, outputs, x_stride, y_stride, stride, size;
} gradient_layer;

static int launch_gradients(opencl *self, fm_error *error) {
    /* In the order of the kernel's arguments. */
    enum { BUFFERS = 0, LAYERS = 3 * FM_TILE_LAYERS, ROWS = 4 * FM_TILE_LAYERS, RULE, ARGUMENTS };
    fm_tile_waiting *w = &self->waiting;
    gradient_layer layers[FM_TILE_LAYERS];
    fm_cl_argument arguments[ARGUMENTS];
    cl_int row_count = (cl_int)w->gradient_rows;
    fm_cl_range all = {.groups = {0, 1}};
    for (size_t i = 0; i < FM_TILE_LAYERS; i++) {
        /* What is not there has no tiles, but buffers all the same. */
        const int is_there = i < w->gradients;
        const opencl_parameters *p = w->gradient[is_there ? i : 0].parameters;
        const opencl_matrix *x = w->gradient[is_there ? i : 0].x;
        const opencl_matrix *dy = w->gradient[is_there ? i : 0].dy;
        const fm_cl_range own = tiles(self, p->base.inputs + 1, p->base.outputs, w->gradient_rows);
        layers[i] = (gradient_layer){
            .first = is_there ? (cl_int)all.groups[0] : CL_INT_MAX,
            .across = (cl_int)own.groups[0],
            .inputs = (cl_int)p->base.inputs,
            .outputs = (cl_int)p->base.outputs,
            .x_stride = x->stride,
            .y_stride = dy->stride,
            .stride = (cl_int)fm_linear_rows_stride(p->base.outputs),
            .size = p->size,
        };
        arguments[BUFFERS + 3 * i] = (fm_cl_argument)FM_CL_ARGUMENT(p->buffer);
        arguments[BUFFERS + 3 * i + 1] = (fm_cl_argument)FM_CL_ARGUMENT(x->buffer);
        arguments[BUFFERS + 3 * i + 2] = (fm_cl_argument)FM_CL_ARGUMENT(dy->buffer);
        arguments[LAYERS + i] = (fm_cl_argument)FM_CL_ARGUMENT(layers[i]);
        if (!is_there)
            continue;
        all.groups[0] += own.groups[0] * own.groups[1];
        memcpy(all.items, own.items, sizeof all.items);
        all.flop += own.flop;
        all.bytes += own.bytes;
    }
    arguments[ROWS] = (fm_cl_argument)FM_CL_ARGUMENT(row_count);
    arguments[RULE] = (fm_cl_argument)FM_CL_ARGUMENT(w->rule);
    return fm_cl_launch(self->context, self->linear_kernel[BACKWARD_PARAMETERS], arguments,
                        ARGUMENTS, all, error);
}

/* ---- What waits ---- */

static int end_gather(opencl *self, fm_error *error) {
    fm_tile_waiting *w = &self->waiting;
    const opencl_matrix *x = w->gather.x;
    w->gather.x = NULL;
    return x ? fm_opencl_gather(self, x, w->gather.samples, w->gather.first, w->gather.rows, error)
             : FM_OK;
}

static forward_call waiting_forward(const fm_tile_waiting *w) {
    return (forward_call){.y = w->forward.y,
                          .x = w->forward.x,
                          .parameters = w->forward.parameters,
                          .activation = FM_IDENTITY,
                          .rows = w->forward.rows};
}

static int end_forward(opencl *self, fm_error *error) {
    const forward_call call = waiting_forward(&self->waiting);
    self->waiting.forward.y = NULL;
    return call.y ? launch_forward(self, &call, FORWARD, NULL, 0, error) : FM_OK;
}

static int end_gradients(opencl *self, fm_error *error) {
    int status = self->waiting.gradients ? launch_gradients(self, error) : FM_OK;
    self->waiting.gradients = 0;
    return status;
}

/* A gradient still reads its matrices, and changes its parameters. */
static int disturbs_gradients(const fm_tile_waiting *w, const opencl_matrix *written,
                              const opencl_parameters *used) {
    for (size_t i = 0; i < w->gradients; i++)
        if ((written && (written == w->gradient[i].x || written == w->gradient[i].dy)) ||
            used == w->gradient[i].parameters)
            return 1;
    return 0;
}

/* The gradients came before a gather or a layer that waits, or have nothing to do with it: else
 * they would have been launched before it began to wait. */
static int make_way(opencl *self, const opencl_matrix *written, const opencl_parameters *used,
                    fm_error *error) {
    int status = end_gather(self, error);
    if (!status)
        status = end_forward(self, error);
    if (!status && disturbs_gradients(&self->waiting, written, used))
        status = end_gradients(self, error);
    return status;
}

static int settle(opencl *self, fm_error *error) {
    int status = make_way(self, NULL, NULL, error);
    int gradients_status = end_gradients(self, status ? NULL : error);
    return status ? status : gradients_status;
}

/* ---- The operations ---- */

static int gather(opencl *self, opencl_matrix *x, const opencl_samples *samples, size_t first,
                  size_t rows, fm_error *error) {
    int status = make_way(self, x, NULL, error);
    if (status)
        return status;
    self->waiting.gather.x = x;
    self->waiting.gather.samples = samples;
    self->waiting.gather.first = first;
    self->waiting.gather.rows = rows;
    return FM_OK;
}

static int forward(opencl *self, opencl_matrix *y, opencl_matrix *z, const opencl_matrix *x,
                   const opencl_parameters *parameters, enum fm_activation activation,
                   const opencl_parameters *slope, size_t rows, fm_error *error) {
    fm_tile_waiting *w = &self->waiting;
    const forward_call call = {y, z, x, parameters, slope, activation, rows};
    const int takes_images = w->gather.x == x && w->gather.rows == rows;
    const opencl_samples *samples = w->gather.samples;
    const size_t first = w->gather.first;
    if (takes_images)
        w->gather.x = NULL;
    int status = make_way(self, y, parameters, error);
    if (!status && z)
        status = make_way(self, z, NULL, error);
    if (status)
        return status;
    if (takes_images)
        return launch_forward_images(self, &call, samples, first, error);
    if (activation != FM_IDENTITY || z || parameters->base.outputs > (size_t)self->choices.side)
        return launch_forward(self, &call, FORWARD, NULL, 0, error);
    w->forward.y = y;
    w->forward.x = x;
    w->forward.parameters = parameters;
    w->forward.rows = rows;
    return FM_OK;
}

static int loss(opencl *self, const fm_loss_call *call, fm_error *error) {
    fm_tile_waiting *w = &self->waiting;
    const forward_call layer = waiting_forward(w);
    const int ends_layer = layer.y == call->logits && layer.rows == call->rows;
    if (ends_layer)
        w->forward.y = NULL;
    int status = make_way(self, call->dlogits, NULL, error);
    if (status)
        return status;
    return ends_layer ? launch_forward_loss(self, &layer, call, error)
                      : fm_opencl_loss(self, call, error);
}

static int backward_input(opencl *self, opencl_matrix *dx, const opencl_matrix *dy,
                          const opencl_parameters *parameters, enum fm_activation activation,
                          const opencl_matrix *y, size_t rows, fm_error *error) {
    cl_int kind = (cl_int)activation, row_count = (cl_int)rows;
    cl_int inputs = (cl_int)parameters->base.inputs, outputs = (cl_int)parameters->base.outputs;
    cl_int stride = (cl_int)fm_linear_rows_stride(parameters->base.outputs);
    const fm_cl_argument arguments[] = {
        FM_CL_ARGUMENT(dx->buffer), FM_CL_ARGUMENT(dy->buffer), FM_CL_ARGUMENT(parameters->buffer),
        FM_CL_ARGUMENT(y->buffer),  FM_CL_ARGUMENT(kind),       FM_CL_ARGUMENT(row_count),
        FM_CL_ARGUMENT(inputs),     FM_CL_ARGUMENT(outputs),    FM_CL_ARGUMENT(dx->stride),
        FM_CL_ARGUMENT(dy->stride), FM_CL_ARGUMENT(stride),
    };
    int status = make_way(self, dx, parameters, error);
    if (status)
        return status;
    return fm_cl_launch(
        self->context, self->linear_kernel[BACKWARD_INPUT], arguments, COUNT(arguments),
        tiles(self, rows, parameters->base.inputs, parameters->base.outputs), error);
}

static int backward_parameters(opencl *self, opencl_parameters *parameters, const opencl_matrix *x,
                               const opencl_matrix *dy, const fm_update *update, size_t rows,
                               fm_error *error) {
    fm_tile_waiting *w = &self->waiting;
    int status = make_way(self, NULL, parameters, error);
    if (!status && w->gradients &&
        (w->gradients == FM_TILE_LAYERS || rows != w->gradient_rows ||
         memcmp(update, &w->rule, sizeof *update) != 0))
        status = end_gradients(self, error);
    if (status)
        return status;
    w->gradient[w->gradients].parameters = parameters;
    w->gradient[w->gradients].x = x;
    w->gradient[w->gradients].dy = dy;
    w->gradients++;
    w->gradient_rows = rows;
    w->rule = *update;
    return FM_OK;
}

static void write_options(char *out, size_t size, const fm_choices *choices) {
    snprintf(out, size, "-DTILE=%d -DWORK=%d -DDEPTH=%d -DTEAMS=%d", choices->side, choices->work,
             choices->depth, FM_TILE_TEAMS);
}

static const char *const sources[] = {fm_kernel_linear_tile, NULL};

const fm_linear fm_linear_tile = {
    .name = "tile",
    .sources = sources,
    .options = write_options,
    .kernels = {[FORWARD] = "linear_forward",
                [FORWARD_IMAGES] = "linear_forward_images",
                [FORWARD_LOSS] = "linear_forward_loss",
                [BACKWARD_INPUT] = "linear_backward_input",
                [BACKWARD_PARAMETERS] = "linear_backward_parameters"},
    .layout = {fm_linear_rows_size, fm_linear_rows_index},
    .forward = forward,
    .backward_input = backward_input,
    .backward_parameters = backward_parameters,
    .gather = gather,
    .loss = loss,
    .make_way = make_way,
    .settle = settle,
};
