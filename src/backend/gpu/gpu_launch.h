/* One launch of a GPU's plan: its kernel, the layout of its work-items, and how to run it. */
#ifndef FM_BACKEND_GPU_GPU_LAUNCH_H
#define FM_BACKEND_GPU_GPU_LAUNCH_H

#include "backend/opencl.h"
#include "gpu/arguments.h"

enum fm_gpu_kernel {
    FM_KERNEL_GATHER,
    FM_KERNEL_LOSS,
    FM_KERNEL_ACTIVATION_BACKWARD,
    FM_KERNEL_PRELU_BACKWARD,
    FM_KERNEL_PRELU_BACKWARD_SLOPE,
    FM_KERNEL_UPDATE,
    FM_KERNEL_DROPOUT_MASK,
    FM_KERNEL_DROPOUT,
    FM_KERNEL_FORWARD,
    FM_KERNEL_FORWARD_IMAGES,
    FM_KERNEL_FORWARD_LOSS,
    FM_KERNEL_BACKWARD_INPUT,
    FM_KERNEL_BACKWARD_PARAMETERS,
    FM_KERNEL_FINISH_FORWARD,
    FM_KERNEL_BIAS_GRADIENT,
    FM_KERNEL_PRODUCT, /* a library's product instead of a native kernel */
};

/* Queues the matrix product of a linear operation, in place of a kernel: x W^T into y, dy W into
 * dx, or x^T dy into the gradient without its bias. */
typedef int fm_gpu_product(fm_cl_context *context, cl_mem arena, enum fm_operation operation,
                           const fm_gpu_op *op, size_t rows, fm_error *error);

typedef struct fm_gpu {
    fm_opencl opencl;
    fm_gpu_product *product; /* a library's; NULL: linear_tile.cl's kernels */
} fm_gpu;

/* A launch of a plan. */
typedef struct fm_gpu_launch {
    enum fm_gpu_kernel kernel;
    cl_kernel object;           /* owned by the plan, with its arguments; NULL for a product */
    fm_gpu_arguments arguments; /* step and scale are set by each run */
    size_t groups;              /* of a list: work-groups */
    size_t first, count;        /* its nodes in the graph; count 0: another launch counts them */
} fm_gpu_launch;

const char *fm_gpu_kernel_name(enum fm_gpu_kernel kernel);

/* Sets the kernel's buffer arguments; a product has none. FM_E_OPENCL. */
int fm_gpu_launch_bind(const fm_gpu_launch *launch, const fm_opencl *opencl,
                       const fm_samples *samples, const fm_outcomes *outcomes, fm_error *error);

/* Queues it for a step. FM_E_OPENCL. */
int fm_gpu_launch_run(fm_gpu_launch *launch, const fm_gpu *gpu, const fm_graph *graph,
                      const fm_step *step, fm_error *error);

#endif
