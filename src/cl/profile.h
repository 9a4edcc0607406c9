/* What each kernel took on the device, told from OpenCL's events. */
#ifndef FM_CL_PROFILE_H
#define FM_CL_PROFILE_H

#include <stddef.h>

#include "cl/api.h"
#include "fmnist_cl/device.h"
#include "fmnist_cl/error.h"

typedef struct fm_cl_profile fm_cl_profile;

/* Free with fm_cl_profile_free. FM_E_MEMORY. */
int fm_cl_profile_create(fm_cl_profile **out, fm_error *error);
void fm_cl_profile_free(fm_cl_profile *profile);

/* Takes over the event of a launch; flop and bytes are what it has to compute and to move. Waits
 * for the oldest launch when too many are unfinished. FM_E_OPENCL. */
int fm_cl_profile_add(fm_cl_profile *profile, cl_event event, const char *kernel, double flop,
                      double bytes, fm_error *error);

/* All launches so far, by kernel in the order of their first launch; waits for them. The rows stay
 * the profile's. FM_E_OPENCL. */
int fm_cl_profile_read(const fm_kernel_profile **rows, size_t *count, fm_cl_profile *profile,
                       fm_error *error);

#endif
