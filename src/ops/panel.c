#include "ops/panel.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "cl/program.h"
#include "kernels.h"
#include "ops/chain.h"
#include "ops/choices.h"
#include "ops/opencl_program.h"

_Static_assert(FM_ROW_ALIGN % FM_PANEL == 0, "a row holds whole panels");
_Static_assert(FM_ROWS_ALIGN % FM_PANEL == 0, "a matrix holds whole blocks of rows");

typedef struct panel {
    opencl base;
    fm_arena arena;
    fm_chain chain;
} panel;

static size_t parameters_size(size_t outputs, size_t inputs) {
    return fm_groups(outputs, FM_PANEL) * (inputs + 1) * FM_PANEL;
}

static size_t parameters_index(size_t outputs, size_t inputs, size_t o, size_t k) {
    (void)outputs;
    return (o / FM_PANEL * (inputs + 1) + k) * FM_PANEL + o % FM_PANEL;
}

static const fm_layout layout = {parameters_size, parameters_index};

static fm_chain *chain_of(fm_ops *ops) {
    return &((panel *)ops)->chain;
}

static int place(const fm_matrix *matrix) {
    return matrix ? ((const opencl_matrix *)matrix)->place : -1;
}

static int stride(const fm_matrix *matrix) {
    return matrix ? ((const opencl_matrix *)matrix)->stride : 0;
}

static int parameters_place(const fm_parameters *parameters) {
    return parameters ? ((const opencl_parameters *)parameters)->place : -1;
}

static int gather(fm_ops *ops, fm_matrix *x, fm_samples *samples, size_t first, size_t rows,
                  fm_error *error) {
    const fm_row_op op = {.kind = FM_ROW_GATHER,
                          .x = place(x),
                          .x_stride = stride(x),
                          .y = -1,
                          .aside = -1,
                          .parameters = -1,
                          .slope = -1,
                          .inputs = (cl_int)samples->pixels};
    ((opencl_matrix *)x)->sparse = 1;
    return fm_chain_add_row(chain_of(ops), &op, rows, first, (opencl_samples *)samples, NULL,
                            error);
}

static int linear_forward(fm_ops *ops, fm_matrix *y, fm_matrix *z, fm_matrix *x,
                          fm_parameters *parameters, enum fm_activation activation,
                          fm_parameters *slope, size_t rows, fm_error *error) {
    const fm_row_op op = {.kind = FM_ROW_FORWARD,
                          .x = place(x),
                          .x_stride = stride(x),
                          .y = place(y),
                          .y_stride = stride(y),
                          .aside = place(z),
                          .parameters = parameters_place(parameters),
                          .slope = parameters_place(slope),
                          .inputs = (cl_int)parameters->inputs,
                          .outputs = (cl_int)parameters->outputs,
                          .variant = (cl_int)activation,
                          .sparse = ((opencl_matrix *)x)->sparse};
    ((opencl_matrix *)y)->sparse = activation == FM_RELU;
    return fm_chain_add_row(chain_of(ops), &op, rows, 0, NULL, NULL, error);
}

static int linear_backward_input(fm_ops *ops, fm_matrix *dx, fm_matrix *dy,
                                 fm_parameters *parameters, enum fm_activation activation,
                                 fm_matrix *y, size_t rows, fm_error *error) {
    const fm_row_op op = {.kind = FM_ROW_BACKWARD_INPUT,
                          .x = place(dx),
                          .x_stride = stride(dx),
                          .y = place(dy),
                          .y_stride = stride(dy),
                          .aside = place(y),
                          .parameters = parameters_place(parameters),
                          .slope = -1,
                          .inputs = (cl_int)parameters->inputs,
                          .outputs = (cl_int)parameters->outputs,
                          .variant = (cl_int)activation};
    return fm_chain_add_row(chain_of(ops), &op, rows, 0, NULL, NULL, error);
}

static int linear_backward_parameters(fm_ops *ops, fm_parameters *parameters, fm_matrix *x,
                                      fm_matrix *dy, const fm_update *update, size_t rows,
                                      fm_error *error) {
    const fm_update_op op = {.x = place(x),
                             .x_stride = stride(x),
                             .dy = place(dy),
                             .dy_stride = stride(dy),
                             .parameters = parameters_place(parameters),
                             .size = ((opencl_parameters *)parameters)->size,
                             .inputs = (cl_int)parameters->inputs,
                             .outputs = (cl_int)parameters->outputs,
                             .sparse = ((opencl_matrix *)x)->sparse};
    return fm_chain_add_update(chain_of(ops), &op, update, rows, error);
}

static int prelu_backward(fm_ops *ops, fm_matrix *dy, fm_matrix *z, fm_parameters *slope,
                          const fm_update *update, size_t rows, fm_error *error) {
    const fm_row_op op = {.kind = FM_ROW_PRELU,
                          .x = place(z),
                          .x_stride = stride(z),
                          .y = place(dy),
                          .y_stride = stride(dy),
                          .aside = -1,
                          .parameters = -1,
                          .slope = parameters_place(slope),
                          .outputs = (cl_int)dy->cols};
    const fm_update_op shares = {.x = place(z),
                                 .x_stride = stride(z),
                                 .dy = -1,
                                 .parameters = parameters_place(slope),
                                 .size = ((opencl_parameters *)slope)->size,
                                 .outputs = 1};
    int status = fm_chain_add_row(chain_of(ops), &op, rows, 0, NULL, NULL, error);
    if (!status)
        status = fm_chain_add_update(chain_of(ops), &shares, update, rows, error);
    return status;
}

static int loss(fm_ops *ops, fm_matrix *dlogits, fm_outcomes *outcomes, fm_matrix *logits,
                fm_samples *samples, enum fm_loss kind, size_t first, size_t rows,
                fm_error *error) {
    const fm_row_op op = {.kind = FM_ROW_LOSS,
                          .x = place(logits),
                          .x_stride = stride(logits),
                          .y = place(dlogits),
                          .y_stride = stride(dlogits),
                          .aside = -1,
                          .parameters = -1,
                          .slope = -1,
                          .outputs = (cl_int)logits->cols,
                          .variant = (cl_int)kind};
    return fm_chain_add_row(chain_of(ops), &op, rows, first, (opencl_samples *)samples,
                            (opencl_outcomes *)outcomes, error);
}

static int mark(fm_ops *ops, size_t *queued, fm_error *error) {
    int status = fm_chain_flush(chain_of(ops), error);
    return status ? status : fm_cl_context_mark(queued, ((opencl *)ops)->context, error);
}

static int settle(opencl *self, fm_error *error) {
    panel *p = (panel *)self;
    int status = fm_chain_flush(&p->chain, error);
    return status ? status : fm_arena_prepare(&p->arena, self->context, error);
}

static int finish(fm_ops *ops, fm_error *error) {
    int status = fm_chain_flush(chain_of(ops), error);
    return status ? status : fm_cl_context_finish(((opencl *)ops)->context, error);
}

static void panel_free(fm_ops *ops) {
    panel *self = (panel *)ops;
    fm_chain_free(&self->chain);
    fm_cl_program_free(self->base.program);
    free(self);
}

static int build(panel *self, fm_error *error) {
    const fm_choices *choices = &self->base.choices;
    const char *const sources[] = {fm_kernel_linear_panel, fm_kernel_linear_panel_input,
                                   fm_kernel_linear_panel_parameters, fm_kernel_chain, NULL};
    char options[400];
    snprintf(options, sizeof options,
             "-DPANEL=%d -DPANELS=%d -DLINES=%d -DINPUTS=%d -DNEAR=%zu -DTHIN_ROWS=%d"
             " -DMOST_ROWS=%d -DMOST_COLS=%d -DFM_ROW_GATHER=%d"
             " -DFM_ROW_FORWARD=%d -DFM_ROW_LOSS=%d -DFM_ROW_PRELU=%d -DFM_ROW_BACKWARD_INPUT=%d",
             FM_PANEL, choices->panels, choices->lines, choices->inputs,
             fm_choices_near(self->base.context), FM_THIN_ROWS, FM_MOST_ROWS, FM_MAX_COLS,
             FM_ROW_GATHER, FM_ROW_FORWARD, FM_ROW_LOSS, FM_ROW_PRELU, FM_ROW_BACKWARD_INPUT);
    int status = fm_opencl_build(&self->base.program, self->base.context, sources, options, error);
    if (!status)
        status = fm_chain_create(&self->chain, self->base.context, &self->arena, self->base.program,
                                 choices, error);
    return status;
}

int fm_panel_create(fm_ops **out, fm_cl_context *context, const fm_choices *choices,
                    fm_error *error) {
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
        .free = panel_free,
    };
    panel *self = NULL;
    *out = NULL;
    int status = fm_memory_allocate(&self, 1, sizeof *self, "the device", error);
    if (status)
        return status;
    self->base.ops.table = &table;
    self->base.context = context;
    self->base.choices = *choices;
    self->base.layout = &layout;
    self->base.arena = &self->arena;
    self->base.settle = settle;
    status = build(self, error);
    if (status)
        panel_free(&self->base.ops);
    else
        *out = &self->base.ops;
    return status;
}
