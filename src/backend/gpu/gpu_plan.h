/* A plan of the GPU back end: each graph is a list of launches of kernels/gpu. */
#ifndef FM_BACKEND_GPU_GPU_PLAN_H
#define FM_BACKEND_GPU_GPU_PLAN_H

#include "backend/opencl.h"

/* Floats from row to row of parameters. */
static inline size_t fm_gpu_parameters_stride(size_t outputs) {
    return fm_groups(outputs, 4) * 4;
}

/* Members of fm_backend_table. */
int fm_gpu_plan_compile(fm_plan **out, const fm_plan *base, fm_parameters *const *parameters,
                        enum fm_compile how, fm_error *error);
void fm_gpu_plan_free(fm_plan *base);
int fm_gpu_plan_run(fm_plan *base, size_t graph, fm_samples *samples, fm_outcomes *outcomes,
                    const fm_step *step, fm_error *error);

#endif
