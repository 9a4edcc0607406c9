/* The back end for OpenCL CPUs: kernels with a work-group size of 1, parameters in panels of 16
 * outputs (kernels/cpu/panel.cl), graphs cut into phases. */
#ifndef FM_BACKEND_CPU_CPU_H
#define FM_BACKEND_CPU_CPU_H

#include "backend/opencl.h"

/* Builds the kernels with these tuning parameters, which must fit the device (fm_choices_fit).
 * The context must outlive the back end. Free with fm_backend_free. FM_E_OPENCL (with the build
 * log), FM_E_MEMORY. */
int fm_cpu_create(fm_backend **out, fm_cl_context *context, const fm_choices *choices,
                  fm_error *error);

/* Constants of the kernels on which the host's layout and work-groups depend. */
enum {
    FM_PANEL = 16,     /* outputs per panel */
    FM_THIN_ROWS = 16, /* batches of at most this many rows are computed row by row, in a different
                          order of sums */
    FM_MOST_ROWS = 64, /* rows of a larger batch that a work-item takes through a layer at a time */
};

/* A plan has each graph as a few phases, one launch each (kernels/cpu/phases.cl).
 *
 *   nodes of the graph ──> operations (fm_cpu_op), an update fused with its gradient
 *                      ──> phases: consecutive operations whose work is divided in the same way */
int fm_cpu_plan_compile(fm_plan **out, const fm_plan *base, fm_parameters *const *parameters,
                        enum fm_compile how, fm_error *error);
int fm_cpu_plan_run(fm_plan *base, size_t graph, fm_samples *samples, fm_outcomes *outcomes,
                    const fm_step *step, fm_error *error);
void fm_cpu_plan_free(fm_plan *base);

#endif
