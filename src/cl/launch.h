/* Launching a kernel. */
#ifndef FM_CL_LAUNCH_H
#define FM_CL_LAUNCH_H

#include <stddef.h>

#include "cl/context.h"

/* A kernel argument: a variable of exactly the type that the kernel declares. */
typedef struct fm_cl_argument {
    size_t size;
    const void *value;
} fm_cl_argument;
#define FM_CL_ARGUMENT(variable)                                                                   \
    { sizeof(variable), &(variable) }

/* A range of up to two dimensions: number of work-groups and local size per dimension. flop and
 * bytes are the work of the launch, for the profile; 0 if unknown. */
typedef struct fm_cl_range {
    size_t groups[2];
    size_t items[2];
    double flop, bytes;
} fm_cl_range;

/* Sets the arguments in order and enqueues the kernel; does not wait. FM_E_OPENCL. */
int fm_cl_launch(fm_cl_context *context, cl_kernel kernel, const fm_cl_argument *arguments,
                 size_t count, fm_cl_range range, fm_error *error);

#endif
