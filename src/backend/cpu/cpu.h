/* The back end for OpenCL CPUs: kernels whose work-items are alone in their work-groups, parameters
 * in panels of 16 outputs (kernels/cpu/panel.cl), graphs cut into phases (cpu_plan.h). */
#ifndef FM_BACKEND_CPU_CPU_H
#define FM_BACKEND_CPU_CPU_H

#include "backend/opencl.h"

/* Builds the kernels with these tuning parameters, which must fit the device (fm_choices_fit);
 * NULL: the built-in ones. The context must outlive the back end. Free with fm_backend_free.
 * FM_E_OPENCL (with the build log), FM_E_MEMORY. */
int fm_cpu_create(fm_backend **out, fm_cl_context *context, const fm_choices *choices,
                  fm_error *error);

/* For the kernels: the layout and the work-groups depend on them. */
enum {
    FM_PANEL = 16,     /* outputs of a panel */
    FM_THIN_ROWS = 16, /* batches of up to so many rows are computed row by row, in other sums */
    FM_MOST_ROWS = 64, /* rows that a work-item of a larger batch takes through a layer at a time */
};

typedef struct fm_cpu {
    fm_opencl opencl;
    cl_program program;
} fm_cpu;

#endif
