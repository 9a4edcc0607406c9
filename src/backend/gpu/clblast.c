/* The only file that calls CLBlast. */
#include "backend/gpu/clblast.h"

#include <clblast_c.h>
#include <stdio.h>

#include "cl/error_code.h"

/* A row-major matrix in the arena. */
typedef struct matrix {
    int offset, stride;
} matrix;

/* c [m][n] = a b, a sum of k products; either factor may be transposed. */
static int multiply(fm_cl_context *context, cl_mem arena, matrix c, matrix a,
                    CLBlastTranspose transpose_a, matrix b, CLBlastTranspose transpose_b, size_t m,
                    size_t n, size_t k, fm_error *error) {
    char what[80];
    CLBlastStatusCode code =
        CLBlastSgemm(CLBlastLayoutRowMajor, transpose_a, transpose_b, m, n, k, 1.0f, arena,
                     (size_t)a.offset, (size_t)a.stride, arena, (size_t)b.offset, (size_t)b.stride,
                     0.0f, arena, (size_t)c.offset, (size_t)c.stride, &context->queue, NULL);
    if (code == CLBlastSuccess) {
        context->pace.launches++;
        return FM_OK;
    }
    snprintf(what, sizeof what, "a product of %zu x %zu x %zu", m, n, k);
    /* CLBlast passes OpenCL's error codes on; its own codes are lower. */
    if (code > -1000)
        return fm_cl_fail(error, (cl_int)code, "CLBlastSgemm", "%s", what);
    return fm_error_set(error, FM_E_OPENCL, what, "CLBlastSgemm: status %d", (int)code);
}

int fm_clblast_product(fm_cl_context *context, cl_mem arena, enum fm_operation operation,
                       const fm_gpu_op *op, size_t rows, fm_error *error) {
    const CLBlastTranspose no = CLBlastTransposeNo, yes = CLBlastTransposeYes;
    const size_t inputs = (size_t)op->inputs, outputs = (size_t)op->outputs;
    const matrix x = {op->x, op->x_stride}, dx = {op->dx, op->x_stride};
    const matrix y = {op->y, op->y_stride}, dy = {op->dy, op->y_stride};
    const matrix weight = {op->parameters, op->stride}, gradient = {op->gradient, op->stride};
    switch (operation) {
    case FM_OP_LINEAR_FORWARD:
        return multiply(context, arena, y, x, no, weight, no, rows, outputs, inputs, error);
    case FM_OP_LINEAR_BACKWARD_INPUT:
        return multiply(context, arena, dx, dy, no, weight, yes, rows, inputs, outputs, error);
    case FM_OP_LINEAR_BACKWARD_PARAMETERS:
    default:
        return multiply(context, arena, gradient, x, yes, dy, no, inputs, outputs, rows, error);
    }
}
