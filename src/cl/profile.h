/* Execution time per kernel, from OpenCL profiling events. */
#ifndef FM_CL_PROFILE_H
#define FM_CL_PROFILE_H

#include <stddef.h>

#include "cl/opencl.h"
#include "fmnist_cl/device.h"
#include "fmnist_cl/error.h"

typedef struct fm_cl_profile fm_cl_profile;

/* Free with fm_cl_profile_free. FM_E_MEMORY. */
int fm_cl_profile_create(fm_cl_profile **out, fm_error *error);
void fm_cl_profile_free(fm_cl_profile *profile);

/* Takes ownership of a launch's event; flop and bytes are the launch's work. Waits for the oldest
 * launch if too many are unfinished. FM_E_OPENCL. */
int fm_cl_profile_add(fm_cl_profile *profile, cl_event event, const char *kernel, double flop,
                      double bytes, fm_error *error);

/* Waits for all launches and returns one row per kernel, in the order of their first launch. The
 * profile owns the rows. FM_E_OPENCL. */
int fm_cl_profile_read(const fm_kernel_profile **rows, size_t *count, fm_cl_profile *profile,
                       fm_error *error);

#endif
