/* The operations on an OpenCL device, launched one by one or a few together, as the linear layer's
 * implementation has it: the program, and the launches that are the same however the linear layer
 * is computed. A CPU's are in panel.c. */
#include "ops/opencl.h"

#include <stdlib.h>

#include "base/memory.h"
#include "cl/buffer.h"
#include "cl/program.h"
#include "ops/choices.h"
#include "ops/opencl_memory.h"
#include "ops/opencl_program.h"
#include "ops/panel.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { GROUP_ITEMS = FM_CL_GROUP_ITEMS };

static int lone_items(const opencl *self) {
    return self->context->lone_items;
}

/* A work-item for each row. */
static fm_cl_range row_range(const opencl *self, size_t rows) {
    size_t items = lone_items(self) ? 1 : GROUP_ITEMS;
    return (fm_cl_range){.groups = {fm_groups(rows, items), 1}, .items = {items, 1}};
}

int fm_opencl_gather(opencl *self, const opencl_matrix *x, const opencl_samples *samples,
                     size_t first, size_t rows, fm_error *error) {
    cl_int from = (cl_int)first, row_count = (cl_int)rows, pixels = (cl_int)samples->base.pixels;
    size_t chunk = fm_opencl_gather_chunk(self->context);
    fm_cl_range range = {.groups = {fm_groups(samples->base.pixels, chunk), rows}, .items = {1, 1}};
    const fm_cl_argument arguments[] = {
        FM_CL_ARGUMENT(x->buffer), FM_CL_ARGUMENT(samples->images), FM_CL_ARGUMENT(samples->order),
        FM_CL_ARGUMENT(from),      FM_CL_ARGUMENT(row_count),       FM_CL_ARGUMENT(pixels),
        FM_CL_ARGUMENT(x->stride),
    };
    if (!lone_items(self))
        range = (fm_cl_range){.groups = {fm_groups(range.groups[0], GROUP_ITEMS), rows},
                              .items = {GROUP_ITEMS, 1}};
    return fm_cl_launch(self->context, self->gather, arguments, COUNT(arguments), range, error);
}

static int gather(fm_ops *ops, fm_matrix *x, fm_samples *samples, size_t first, size_t rows,
                  fm_error *error) {
    opencl *self = (opencl *)ops;
    opencl_matrix *m = (opencl_matrix *)x;
    const opencl_samples *s = (opencl_samples *)samples;
    return self->linear->gather ? self->linear->gather(self, m, s, first, rows, error)
                                : fm_opencl_gather(self, m, s, first, rows, error);
}

static int linear_forward(fm_ops *ops, fm_matrix *y, fm_matrix *z, fm_matrix *x,
                          fm_parameters *parameters, enum fm_activation activation,
                          fm_parameters *slope, size_t rows, fm_error *error) {
    opencl *self = (opencl *)ops;
    return self->linear->forward(self, (opencl_matrix *)y, (opencl_matrix *)z, (opencl_matrix *)x,
                                 (opencl_parameters *)parameters, activation,
                                 (opencl_parameters *)slope, rows, error);
}

static int linear_backward_input(fm_ops *ops, fm_matrix *dx, fm_matrix *dy,
                                 fm_parameters *parameters, enum fm_activation activation,
                                 fm_matrix *y, size_t rows, fm_error *error) {
    opencl *self = (opencl *)ops;
    /* The kernels are given some buffer for y also when they will not look at it. */
    return self->linear->backward_input(self, (opencl_matrix *)dx, (opencl_matrix *)dy,
                                        (opencl_parameters *)parameters, activation,
                                        (opencl_matrix *)(y ? y : dx), rows, error);
}

static int linear_backward_parameters(fm_ops *ops, fm_parameters *parameters, fm_matrix *x,
                                      fm_matrix *dy, const fm_update *update, size_t rows,
                                      fm_error *error) {
    opencl *self = (opencl *)ops;
    return self->linear->backward_parameters(self, (opencl_parameters *)parameters,
                                             (opencl_matrix *)x, (opencl_matrix *)dy, update, rows,
                                             error);
}

static int prelu_backward(fm_ops *ops, fm_matrix *dy, fm_matrix *z, fm_parameters *slope,
                          const fm_update *update, size_t rows, fm_error *error) {
    opencl *self = (opencl *)ops;
    const opencl_matrix *gradient = (opencl_matrix *)dy;
    const opencl_parameters *p = (opencl_parameters *)slope;
    cl_int row_count = (cl_int)rows, cols = (cl_int)dy->cols;
    const fm_cl_argument arguments[] = {
        FM_CL_ARGUMENT(gradient->buffer),
        FM_CL_ARGUMENT(self->scratch),
        FM_CL_ARGUMENT(((opencl_matrix *)z)->buffer),
        FM_CL_ARGUMENT(p->buffer),
        FM_CL_ARGUMENT(row_count),
        FM_CL_ARGUMENT(cols),
        FM_CL_ARGUMENT(gradient->stride),
    };
    const fm_cl_argument update_arguments[] = {
        FM_CL_ARGUMENT(p->buffer), FM_CL_ARGUMENT(self->scratch), FM_CL_ARGUMENT(row_count),
        FM_CL_ARGUMENT(p->size),   FM_CL_ARGUMENT(*update),
    };
    const fm_cl_range one = {.groups = {1, 1}, .items = {1, 1}};
    int status = FM_OK;
    if (self->linear->make_way)
        status = self->linear->make_way(self, gradient, p, error);
    if (!status)
        status = fm_cl_launch(self->context, self->prelu_backward, arguments, COUNT(arguments),
                              row_range(self, rows), error);
    if (!status)
        status = fm_cl_launch(self->context, self->prelu_update, update_arguments,
                              COUNT(update_arguments), one, error);
    return status;
}

int fm_opencl_loss(opencl *self, const fm_loss_call *call, fm_error *error) {
    const opencl_matrix *logits = call->logits;
    cl_int kind = (cl_int)call->kind, from = (cl_int)call->first, row_count = (cl_int)call->rows;
    cl_int classes = (cl_int)logits->base.cols;
    cl_float scale = call->dlogits ? 1.0f / (cl_float)call->rows : 0.0f;
    cl_mem gradient = call->dlogits ? call->dlogits->buffer : logits->buffer;
    const fm_cl_argument arguments[] = {
        FM_CL_ARGUMENT(gradient),
        FM_CL_ARGUMENT(call->outcomes->losses),
        FM_CL_ARGUMENT(call->outcomes->classes),
        FM_CL_ARGUMENT(logits->buffer),
        FM_CL_ARGUMENT(call->samples->labels),
        FM_CL_ARGUMENT(call->samples->order),
        FM_CL_ARGUMENT(kind),
        FM_CL_ARGUMENT(scale),
        FM_CL_ARGUMENT(from),
        FM_CL_ARGUMENT(row_count),
        FM_CL_ARGUMENT(classes),
        FM_CL_ARGUMENT(logits->stride),
    };
    return fm_cl_launch(self->context, self->loss, arguments, COUNT(arguments),
                        row_range(self, call->rows), error);
}

static int loss(fm_ops *ops, fm_matrix *dlogits, fm_outcomes *outcomes, fm_matrix *logits,
                fm_samples *samples, enum fm_loss kind, size_t first, size_t rows,
                fm_error *error) {
    opencl *self = (opencl *)ops;
    const fm_loss_call call = {.dlogits = (opencl_matrix *)dlogits,
                               .logits = (opencl_matrix *)logits,
                               .outcomes = (opencl_outcomes *)outcomes,
                               .samples = (opencl_samples *)samples,
                               .kind = kind,
                               .first = first,
                               .rows = rows};
    return self->linear->loss ? self->linear->loss(self, &call, error)
                              : fm_opencl_loss(self, &call, error);
}

static int mark(fm_ops *ops, size_t *queued, fm_error *error) {
    opencl *self = (opencl *)ops;
    int status = fm_opencl_settle(self, error);
    return status ? status : fm_cl_context_mark(queued, self->context, error);
}

static int finish(fm_ops *ops, fm_error *error) {
    opencl *self = (opencl *)ops;
    int status = fm_opencl_settle(self, error);
    return status ? status : fm_cl_context_finish(self->context, error);
}

static void opencl_free(fm_ops *ops) {
    opencl *self = (opencl *)ops;
    for (size_t i = 0; i < FM_LINEAR_KERNELS; i++)
        fm_cl_kernel_free(self->linear_kernel[i]);
    fm_cl_kernel_free(self->prelu_update);
    fm_cl_kernel_free(self->prelu_backward);
    fm_cl_kernel_free(self->loss);
    fm_cl_kernel_free(self->gather);
    fm_cl_program_free(self->program);
    fm_cl_buffer_free(self->scratch);
    free(self);
}

static int build(opencl *self, fm_error *error) {
    char options[128] = "";
    if (self->linear->options)
        self->linear->options(options, sizeof options, &self->choices);
    int status =
        fm_opencl_build(&self->program, self->context, self->linear->sources, options, error);
    if (!status)
        status = fm_cl_kernel_create(&self->gather, self->program, "gather", error);
    if (!status)
        status = fm_cl_kernel_create(&self->loss, self->program, "loss", error);
    if (!status)
        status = fm_cl_kernel_create(&self->prelu_backward, self->program, "prelu_backward", error);
    if (!status)
        status = fm_cl_kernel_create(&self->prelu_update, self->program, "prelu_update", error);
    for (size_t i = 0; !status && i < FM_LINEAR_KERNELS && self->linear->kernels[i]; i++)
        status = fm_cl_kernel_create(&self->linear_kernel[i], self->program,
                                     self->linear->kernels[i], error);
    return status;
}

static const fm_linear *choose(enum fm_linear_kind linear) {
    switch (linear) {
    case FM_LINEAR_TILE:
        return &fm_linear_tile;
    case FM_LINEAR_CLBLAST:
#ifdef FM_WITH_CLBLAST
        return &fm_linear_clblast;
#endif
    default:
        return NULL;
    }
}

enum fm_linear_kind fm_opencl_native(const fm_cl_context *context) {
    return context->lone_items ? FM_LINEAR_PANEL : FM_LINEAR_TILE;
}

int fm_opencl_create(fm_ops **out, fm_cl_context *context, enum fm_linear_kind linear,
                     const fm_choices *choices, fm_error *error) {
    static const fm_ops_table table = {
        .memory = &fm_opencl_memory,
        .gather = gather,
        .linear_forward = linear_forward,
        .linear_backward_input = linear_backward_input,
        .linear_backward_parameters = linear_backward_parameters,
        .prelu_backward = prelu_backward,
        .loss = loss,
        .mark = mark,
        .finish = finish,
        .free = opencl_free,
    };
    opencl *self = NULL;
    fm_choices built_in;
    *out = NULL;
    fm_choices_init(&built_in, context);
    choices = choices ? choices : &built_in;
    if (linear == FM_LINEAR_PANEL)
        return fm_panel_create(out, context, choices, error);
    if (!choose(linear))
        return fm_error_set(error, FM_E_ARGUMENT, "clblast", "this program was built without it");
    int status = fm_memory_allocate(&self, 1, sizeof *self, "the device", error);
    if (status)
        return status;
    self->ops.table = &table;
    self->context = context;
    self->choices = *choices;
    self->linear = choose(linear);
    self->layout = &self->linear->layout;
    self->settle = self->linear->settle;
    status = build(self, error);
    if (status)
        opencl_free(&self->ops);
    else
        *out = &self->ops;
    return status;
}
