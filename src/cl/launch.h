/* Launching a kernel. */
#ifndef FM_CL_LAUNCH_H
#define FM_CL_LAUNCH_H

#include <stddef.h>

#include "cl/context.h"

/* One kernel argument: any variable of the type that the kernel declares. */
typedef struct fm_cl_argument {
    size_t size;
    const void *value;
} fm_cl_argument;
#define FM_CL_ARGUMENT(variable)                                                                   \
    { sizeof(variable), &(variable) }

/* Sets an argument, which stays set for all launches of the kernel. FM_E_OPENCL. */
int fm_cl_argument_set(cl_kernel kernel, size_t index, fm_cl_argument argument, fm_error *error);

/* Groups along both axes, and the items of one group; what it computes and moves is for the
 * profile, 0 when not counted. */
typedef struct fm_cl_range {
    size_t groups[2];
    size_t items[2];
    double flop, bytes;
} fm_cl_range;

/* Sets the first count arguments and queues the kernel; does not wait. FM_E_OPENCL. */
int fm_cl_launch(fm_cl_context *context, cl_kernel kernel, const fm_cl_argument *arguments,
                 size_t count, fm_cl_range range, fm_error *error);

#endif
