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

/* Sets `count` arguments from number `first` on. They keep their values for all launches until they
 * are set again. FM_E_OPENCL. */
int fm_cl_set_arguments(cl_kernel kernel, size_t first, const fm_cl_argument *arguments,
                        size_t count, fm_error *error);

/* A range of up to two dimensions: number of work-groups and local size per dimension. flop and
 * bytes are the work of the launch, for the profile; 0 if unknown. */
typedef struct fm_cl_range {
    size_t groups[2];
    size_t items[2];
    double flop, bytes;
} fm_cl_range;

/* Enqueues the kernel with the arguments that it has; does not wait. FM_E_OPENCL. */
int fm_cl_launch(fm_cl_context *context, cl_kernel kernel, fm_cl_range range, fm_error *error);

#endif
