/* The linear layer with CLBlast's matrix products: three of them, and the small kernels of
 * kernels/linear_clblast.cl for what a product does not do. The only file that knows CLBlast. */
#include <clblast_c.h>
#include <stdio.h>

#include "cl/error_code.h"
#include "kernels.h"
#include "ops/linear_rows.h"
#include "ops/opencl_memory.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { FINISH_FORWARD, FINISH_BACKWARD_INPUT, BIAS_GRADIENT, UPDATE };

/* c [m][n] = a b with row-major factors, either of them transposed; none has an offset. */
static int multiply(opencl *self, cl_mem c, size_t c_stride, CLBlastTranspose turn_a, cl_mem a,
                    size_t a_stride, CLBlastTranspose turn_b, cl_mem b, size_t b_stride, size_t m,
                    size_t n, size_t k, fm_error *error) {
    CLBlastStatusCode code =
        CLBlastSgemm(CLBlastLayoutRowMajor, turn_a, turn_b, m, n, k, 1.0f, a, 0, a_stride, b, 0,
                     b_stride, 0.0f, c, 0, c_stride, &self->context->queue, NULL);
    if (code == CLBlastSuccess) {
        self->context->pace.launches++;
        return FM_OK;
    }
    /* CLBlast hands OpenCL's codes through and adds its own below them. */
    if (code > -1000)
        return fm_cl_fail(error, (cl_int)code, "CLBlastSgemm", "a product of %zu x %zu x %zu", m, n,
                          k);
    char what[80];
    snprintf(what, sizeof what, "a product of %zu x %zu x %zu", m, n, k);
    return fm_error_set(error, FM_E_OPENCL, what, "CLBlastSgemm: status %d", (int)code);
}

static fm_cl_range elements(size_t cols, size_t rows) {
    return (fm_cl_range){.groups = {cols, rows}, .items = {1, 1}};
}

static int forward(opencl *self, opencl_matrix *y, opencl_matrix *z, const opencl_matrix *x,
                   const opencl_parameters *parameters, enum fm_activation activation,
                   const opencl_parameters *slope, size_t rows, fm_error *error) {
    size_t inputs = parameters->base.inputs, outputs = parameters->base.outputs;
    cl_int kind = (cl_int)activation, keep_z = z != NULL;
    cl_int input_count = (cl_int)inputs, width = (cl_int)fm_linear_rows_stride(outputs);
    cl_mem kept = z ? z->buffer : y->buffer;
    cl_mem slope_buffer = slope ? slope->buffer : parameters->buffer;
    const fm_cl_argument arguments[] = {
        FM_CL_ARGUMENT(y->buffer),    FM_CL_ARGUMENT(kept),  FM_CL_ARGUMENT(parameters->buffer),
        FM_CL_ARGUMENT(slope_buffer), FM_CL_ARGUMENT(kind),  FM_CL_ARGUMENT(keep_z),
        FM_CL_ARGUMENT(input_count),  FM_CL_ARGUMENT(width), FM_CL_ARGUMENT(y->stride),
    };
    int status = multiply(self, y->buffer, (size_t)y->stride, CLBlastTransposeNo, x->buffer,
                          (size_t)x->stride, CLBlastTransposeNo, parameters->buffer, (size_t)width,
                          rows, outputs, inputs, error);
    if (!status)
        status = fm_cl_launch(self->context, self->linear_kernel[FINISH_FORWARD], arguments,
                              COUNT(arguments), elements(outputs, rows), error);
    return status;
}

static int backward_input(opencl *self, opencl_matrix *dx, const opencl_matrix *dy,
                          const opencl_parameters *parameters, enum fm_activation activation,
                          const opencl_matrix *y, size_t rows, fm_error *error) {
    size_t inputs = parameters->base.inputs, outputs = parameters->base.outputs;
    cl_int kind = (cl_int)activation;
    const fm_cl_argument arguments[] = {
        FM_CL_ARGUMENT(dx->buffer),
        FM_CL_ARGUMENT(y->buffer),
        FM_CL_ARGUMENT(kind),
        FM_CL_ARGUMENT(dx->stride),
    };
    int status = multiply(self, dx->buffer, (size_t)dx->stride, CLBlastTransposeNo, dy->buffer,
                          (size_t)dy->stride, CLBlastTransposeYes, parameters->buffer,
                          fm_linear_rows_stride(outputs), rows, inputs, outputs, error);
    if (!status && activation != FM_IDENTITY)
        status = fm_cl_launch(self->context, self->linear_kernel[FINISH_BACKWARD_INPUT], arguments,
                              COUNT(arguments), elements(inputs, rows), error);
    return status;
}

/* The gradient is made in the scratch buffer, in the layout of the parameters. */
static int backward_parameters(opencl *self, opencl_parameters *parameters, const opencl_matrix *x,
                               const opencl_matrix *dy, const fm_update *update, size_t rows,
                               fm_error *error) {
    size_t inputs = parameters->base.inputs, outputs = parameters->base.outputs;
    size_t stride = fm_linear_rows_stride(outputs);
    cl_int offset = (cl_int)(inputs * stride), row_count = (cl_int)rows, width = (cl_int)stride;
    const fm_cl_argument bias[] = {
        FM_CL_ARGUMENT(self->scratch), FM_CL_ARGUMENT(dy->buffer), FM_CL_ARGUMENT(offset),
        FM_CL_ARGUMENT(row_count),     FM_CL_ARGUMENT(dy->stride),
    };
    const fm_cl_argument arguments[] = {
        FM_CL_ARGUMENT(parameters->buffer), FM_CL_ARGUMENT(self->scratch), FM_CL_ARGUMENT(width),
        FM_CL_ARGUMENT(parameters->size),   FM_CL_ARGUMENT(*update),
    };
    int status =
        multiply(self, self->scratch, stride, CLBlastTransposeYes, x->buffer, (size_t)x->stride,
                 CLBlastTransposeNo, dy->buffer, (size_t)dy->stride, inputs, outputs, rows, error);
    if (!status)
        status = fm_cl_launch(self->context, self->linear_kernel[BIAS_GRADIENT], bias, COUNT(bias),
                              elements(outputs, 1), error);
    if (!status)
        status = fm_cl_launch(self->context, self->linear_kernel[UPDATE], arguments,
                              COUNT(arguments), elements(outputs, inputs + 1), error);
    return status;
}

static const char *const sources[] = {fm_kernel_linear_clblast, NULL};

const fm_linear fm_linear_clblast = {
    .name = "clblast",
    .sources = sources,
    .kernels = {[FINISH_FORWARD] = "linear_finish_forward",
                [FINISH_BACKWARD_INPUT] = "linear_finish_backward_input",
                [BIAS_GRADIENT] = "linear_bias_gradient",
                [UPDATE] = "linear_update"},
    .layout = {fm_linear_rows_size, fm_linear_rows_index},
    .forward = forward,
    .backward_input = backward_input,
    .backward_parameters = backward_parameters,
};
