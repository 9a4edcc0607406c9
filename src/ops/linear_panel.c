/* The linear layer on a CPU device: launches of kernels/linear_panel.cl. */
#include "kernels.h"
#include "ops/opencl_memory.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* As in the kernel: the layout and the groups depend on them. */
enum { PANEL = 16, ROWS = 6 };
_Static_assert(FM_ROW_ALIGN % PANEL == 0, "a row holds whole panels");
_Static_assert(FM_ROWS_ALIGN % PANEL == 0 && FM_ROWS_ALIGN % ROWS == 0, "tiles fit into a matrix");

enum {
    FORWARD,
    TURN,
    BACKWARD_INPUT,
    BACKWARD_INPUT_THIN,
    BACKWARD_PARAMETERS,
    BACKWARD_PARAMETERS_THIN
};

/* Up to so many rows the kernels for thin batches are faster: the others compute PANEL rows of an
 * input's gradient at once, and leave a tile of the parameters after each few rows. */
enum { THIN_ROWS = 8 };

/* Groups for each compute unit: enough that units which start late or run slowly get less to do,
 * few enough that starting one does not count. */
enum { UNIT_GROUPS = 8 };

/* How many of `count` steps along an axis a group takes, when there are `others` along the other
 * axis. */
static size_t span_of(const opencl *self, size_t count, size_t others) {
    size_t groups = UNIT_GROUPS * self->context->compute_units;
    size_t span = count * others / groups;
    return span < 1 ? 1 : span > count ? count : span;
}

static size_t parameters_size(size_t outputs, size_t inputs) {
    return fm_groups(outputs, PANEL) * (inputs + 1) * PANEL;
}

static size_t parameters_index(size_t outputs, size_t inputs, size_t o, size_t k) {
    (void)outputs;
    return (o / PANEL * (inputs + 1) + k) * PANEL + o % PANEL;
}

static fm_cl_range alone(size_t along_first, size_t along_second) {
    return (fm_cl_range){.groups = {along_first, along_second}, .items = {1, 1}};
}

static int forward(opencl *self, opencl_matrix *y, opencl_matrix *z, const opencl_matrix *x,
                   const opencl_parameters *parameters, enum fm_activation activation,
                   const opencl_parameters *slope, size_t rows, fm_error *error) {
    size_t panels = fm_groups(parameters->base.outputs, PANEL);
    size_t tiles = fm_groups(rows, ROWS), step = span_of(self, tiles, panels);
    cl_int kind = (cl_int)activation, keep_z = z != NULL, row_count = (cl_int)rows;
    cl_int inputs = (cl_int)parameters->base.inputs, span = (cl_int)(step * ROWS);
    cl_mem kept = z ? z->buffer : y->buffer;
    cl_mem slope_buffer = slope ? slope->buffer : parameters->buffer;
    const fm_cl_argument arguments[] = {
        FM_CL_ARGUMENT(y->buffer),    FM_CL_ARGUMENT(kept),
        FM_CL_ARGUMENT(x->buffer),    FM_CL_ARGUMENT(parameters->buffer),
        FM_CL_ARGUMENT(slope_buffer), FM_CL_ARGUMENT(kind),
        FM_CL_ARGUMENT(keep_z),       FM_CL_ARGUMENT(row_count),
        FM_CL_ARGUMENT(inputs),       FM_CL_ARGUMENT(x->stride),
        FM_CL_ARGUMENT(y->stride),    FM_CL_ARGUMENT(span),
    };
    return fm_cl_launch(self->context, self->linear_kernel[FORWARD], arguments, COUNT(arguments),
                        alone(fm_groups(tiles, step), panels), error);
}

static int backward_input_thin(opencl *self, opencl_matrix *dx, const opencl_matrix *dy,
                               const opencl_parameters *parameters, enum fm_activation activation,
                               const opencl_matrix *y, size_t rows, fm_error *error) {
    size_t step = span_of(self, parameters->base.inputs, 1);
    cl_int kind = (cl_int)activation, row_count = (cl_int)rows, span = (cl_int)step;
    cl_int inputs = (cl_int)parameters->base.inputs, outputs = (cl_int)parameters->base.outputs;
    const fm_cl_argument arguments[] = {
        FM_CL_ARGUMENT(dx->buffer), FM_CL_ARGUMENT(dy->buffer), FM_CL_ARGUMENT(parameters->buffer),
        FM_CL_ARGUMENT(y->buffer),  FM_CL_ARGUMENT(kind),       FM_CL_ARGUMENT(row_count),
        FM_CL_ARGUMENT(inputs),     FM_CL_ARGUMENT(outputs),    FM_CL_ARGUMENT(dx->stride),
        FM_CL_ARGUMENT(dy->stride), FM_CL_ARGUMENT(span),
    };
    return fm_cl_launch(self->context, self->linear_kernel[BACKWARD_INPUT_THIN], arguments,
                        COUNT(arguments), alone(fm_groups(parameters->base.inputs, step), 1),
                        error);
}

static int backward_input(opencl *self, opencl_matrix *dx, const opencl_matrix *dy,
                          const opencl_parameters *parameters, enum fm_activation activation,
                          const opencl_matrix *y, size_t rows, fm_error *error) {
    size_t blocks = fm_groups(rows, PANEL), tiles = fm_groups(parameters->base.inputs, ROWS);
    size_t step = span_of(self, tiles, blocks);
    cl_int kind = (cl_int)activation, span = (cl_int)(step * ROWS);
    cl_int inputs = (cl_int)parameters->base.inputs, outputs = (cl_int)parameters->base.outputs;
    const fm_cl_argument turn[] = {FM_CL_ARGUMENT(self->scratch), FM_CL_ARGUMENT(dy->buffer),
                                   FM_CL_ARGUMENT(dy->stride)};
    const fm_cl_argument arguments[] = {
        FM_CL_ARGUMENT(dx->buffer),
        FM_CL_ARGUMENT(self->scratch),
        FM_CL_ARGUMENT(parameters->buffer),
        FM_CL_ARGUMENT(y->buffer),
        FM_CL_ARGUMENT(kind),
        FM_CL_ARGUMENT(inputs),
        FM_CL_ARGUMENT(outputs),
        FM_CL_ARGUMENT(dx->stride),
        FM_CL_ARGUMENT(span),
    };
    if (rows <= THIN_ROWS)
        return backward_input_thin(self, dx, dy, parameters, activation, y, rows, error);
    int status = fm_cl_launch(self->context, self->linear_kernel[TURN], turn, COUNT(turn),
                              alone(fm_groups(parameters->base.outputs, PANEL), blocks), error);
    if (!status)
        status = fm_cl_launch(self->context, self->linear_kernel[BACKWARD_INPUT], arguments,
                              COUNT(arguments), alone(fm_groups(tiles, step), blocks), error);
    return status;
}

static int backward_parameters_thin(opencl *self, opencl_parameters *parameters,
                                    const opencl_matrix *x, const opencl_matrix *dy,
                                    const fm_update *update, size_t rows, fm_error *error) {
    size_t panels = fm_groups(parameters->base.outputs, PANEL);
    size_t step = span_of(self, parameters->base.inputs + 1, panels);
    cl_int row_count = (cl_int)rows, inputs = (cl_int)parameters->base.inputs, span = (cl_int)step;
    const fm_cl_argument arguments[] = {
        FM_CL_ARGUMENT(parameters->buffer),
        FM_CL_ARGUMENT(x->buffer),
        FM_CL_ARGUMENT(dy->buffer),
        FM_CL_ARGUMENT(row_count),
        FM_CL_ARGUMENT(inputs),
        FM_CL_ARGUMENT(x->stride),
        FM_CL_ARGUMENT(dy->stride),
        FM_CL_ARGUMENT(parameters->size),
        FM_CL_ARGUMENT(span),
        FM_CL_ARGUMENT(*update),
    };
    return fm_cl_launch(self->context, self->linear_kernel[BACKWARD_PARAMETERS_THIN], arguments,
                        COUNT(arguments),
                        alone(fm_groups(parameters->base.inputs + 1, step), panels), error);
}

static int backward_parameters(opencl *self, opencl_parameters *parameters, const opencl_matrix *x,
                               const opencl_matrix *dy, const fm_update *update, size_t rows,
                               fm_error *error) {
    size_t panels = fm_groups(parameters->base.outputs, PANEL);
    size_t tiles = fm_groups(parameters->base.inputs + 1, ROWS);
    size_t step = span_of(self, panels, tiles);
    cl_int row_count = (cl_int)rows, span = (cl_int)step;
    cl_int inputs = (cl_int)parameters->base.inputs, outputs = (cl_int)parameters->base.outputs;
    const fm_cl_argument arguments[] = {
        FM_CL_ARGUMENT(parameters->buffer),
        FM_CL_ARGUMENT(x->buffer),
        FM_CL_ARGUMENT(dy->buffer),
        FM_CL_ARGUMENT(row_count),
        FM_CL_ARGUMENT(inputs),
        FM_CL_ARGUMENT(outputs),
        FM_CL_ARGUMENT(x->stride),
        FM_CL_ARGUMENT(dy->stride),
        FM_CL_ARGUMENT(parameters->size),
        FM_CL_ARGUMENT(span),
        FM_CL_ARGUMENT(*update),
    };
    if (rows <= THIN_ROWS)
        return backward_parameters_thin(self, parameters, x, dy, update, rows, error);
    return fm_cl_launch(self->context, self->linear_kernel[BACKWARD_PARAMETERS], arguments,
                        COUNT(arguments), alone(tiles, fm_groups(panels, step)), error);
}

static const char *const sources[] = {fm_kernel_linear_panel, NULL};

const fm_linear fm_linear_panel = {
    .name = "panel",
    .sources = sources,
    .options = "",
    .kernels = {[FORWARD] = "linear_forward",
                [TURN] = "linear_turn",
                [BACKWARD_INPUT] = "linear_backward_input",
                [BACKWARD_INPUT_THIN] = "linear_backward_input_thin",
                [BACKWARD_PARAMETERS] = "linear_backward_parameters",
                [BACKWARD_PARAMETERS_THIN] = "linear_backward_parameters_thin"},
    .parameters_size = parameters_size,
    .parameters_index = parameters_index,
    .forward = forward,
    .backward_input = backward_input,
    .backward_parameters = backward_parameters,
};
