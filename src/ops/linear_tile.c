/* The linear layer on a GPU device: launches of kernels/linear_tile.cl. */
#include <stdio.h>

#include "kernels.h"
#include "ops/choices.h"
#include "ops/linear_rows.h"
#include "ops/opencl_memory.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { FORWARD, BACKWARD_INPUT, BACKWARD_PARAMETERS };

/* A product of [rows x depth] and [depth x cols]. Axis 0 runs along its columns. */
static fm_cl_range tiles(const opencl *self, size_t rows, size_t cols, size_t depth) {
    const size_t side = (size_t)self->choices.side, items = side / (size_t)self->choices.work;
    double m = (double)rows, n = (double)cols, k = (double)depth;
    return (fm_cl_range){.groups = {fm_groups(cols, side), fm_groups(rows, side)},
                         .items = {items, FM_TILE_TEAMS * items},
                         .flop = 2 * m * n * k,
                         .bytes = sizeof(cl_float) * (m * k + k * n + m * n)};
}

static int forward(opencl *self, opencl_matrix *y, opencl_matrix *z, const opencl_matrix *x,
                   const opencl_parameters *parameters, enum fm_activation activation,
                   const opencl_parameters *slope, size_t rows, fm_error *error) {
    cl_int kind = (cl_int)activation, keep_z = z != NULL, row_count = (cl_int)rows;
    cl_int inputs = (cl_int)parameters->base.inputs, outputs = (cl_int)parameters->base.outputs;
    cl_int stride = (cl_int)fm_linear_rows_stride(parameters->base.outputs);
    cl_mem kept = z ? z->buffer : y->buffer;
    cl_mem slope_buffer = slope ? slope->buffer : parameters->buffer;
    const fm_cl_argument arguments[] = {
        FM_CL_ARGUMENT(y->buffer),    FM_CL_ARGUMENT(kept),
        FM_CL_ARGUMENT(x->buffer),    FM_CL_ARGUMENT(parameters->buffer),
        FM_CL_ARGUMENT(slope_buffer), FM_CL_ARGUMENT(kind),
        FM_CL_ARGUMENT(keep_z),       FM_CL_ARGUMENT(row_count),
        FM_CL_ARGUMENT(inputs),       FM_CL_ARGUMENT(outputs),
        FM_CL_ARGUMENT(x->stride),    FM_CL_ARGUMENT(y->stride),
        FM_CL_ARGUMENT(stride),
    };
    return fm_cl_launch(self->context, self->linear_kernel[FORWARD], arguments, COUNT(arguments),
                        tiles(self, rows, parameters->base.outputs, parameters->base.inputs),
                        error);
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
    return fm_cl_launch(
        self->context, self->linear_kernel[BACKWARD_INPUT], arguments, COUNT(arguments),
        tiles(self, rows, parameters->base.inputs, parameters->base.outputs), error);
}

static int backward_parameters(opencl *self, opencl_parameters *parameters, const opencl_matrix *x,
                               const opencl_matrix *dy, const fm_update *update, size_t rows,
                               fm_error *error) {
    cl_int row_count = (cl_int)rows;
    cl_int inputs = (cl_int)parameters->base.inputs, outputs = (cl_int)parameters->base.outputs;
    cl_int stride = (cl_int)fm_linear_rows_stride(parameters->base.outputs);
    const fm_cl_argument arguments[] = {
        FM_CL_ARGUMENT(parameters->buffer), FM_CL_ARGUMENT(x->buffer),  FM_CL_ARGUMENT(dy->buffer),
        FM_CL_ARGUMENT(row_count),          FM_CL_ARGUMENT(inputs),     FM_CL_ARGUMENT(outputs),
        FM_CL_ARGUMENT(x->stride),          FM_CL_ARGUMENT(dy->stride), FM_CL_ARGUMENT(stride),
        FM_CL_ARGUMENT(parameters->size),   FM_CL_ARGUMENT(*update),
    };
    return fm_cl_launch(
        self->context, self->linear_kernel[BACKWARD_PARAMETERS], arguments, COUNT(arguments),
        tiles(self, parameters->base.inputs + 1, parameters->base.outputs, rows), error);
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
                [BACKWARD_INPUT] = "linear_backward_input",
                [BACKWARD_PARAMETERS] = "linear_backward_parameters"},
    .layout = {fm_linear_rows_size, fm_linear_rows_index},
    .forward = forward,
    .backward_input = backward_input,
    .backward_parameters = backward_parameters,
};
