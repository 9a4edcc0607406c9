/* The back end for OpenCL CPUs: kernels with a work-group size of 1, parameters in panels of 16
 * outputs (kernels/cpu/panel.cl), graphs cut into phases (cpu_plan.h). */
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

#endif
