/* A GPU's plan: each graph as a list of launches of kernels/gpu. */
#ifndef FM_BACKEND_GPU_GPU_PLAN_H
#define FM_BACKEND_GPU_GPU_PLAN_H

#include "backend/opencl.h"
#include "gpu/launch.h"

/* Queues the matrix product of a linear operation, in place of a kernel: x W^T into y, dy W into
 * dx, or x^T dy into the gradient without its bias. */
typedef int fm_gpu_product(fm_cl_context *context, cl_mem arena, enum fm_operation operation,
                           const fm_gpu_op *op, size_t rows, fm_error *error);

typedef struct fm_gpu {
    fm_opencl opencl;
    cl_program program;
    fm_gpu_product *product; /* a library's; NULL: linear_tile.cl's kernels */
} fm_gpu;

/* Floats from row to row of parameters. */
static inline size_t fm_gpu_parameters_stride(size_t outputs) {
    return fm_groups(outputs, 4) * 4;
}

/* Members of fm_backend_table. */
int fm_gpu_plan_compile(fm_plan **out, const fm_plan *base, fm_parameters *const *parameters,
                        enum fm_compile how, fm_error *error);
void fm_gpu_plan_free(fm_plan *plan);
int fm_gpu_plan_run(fm_plan *plan, size_t graph, fm_samples *samples, fm_outcomes *outcomes,
                    const fm_step *step, fm_error *error);

#endif
