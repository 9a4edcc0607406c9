/* Partitions a device by compute units (OpenCL sub-devices), to run several trainings in parallel.
 */
#ifndef FM_CL_SUB_DEVICE_H
#define FM_CL_SUB_DEVICE_H

#include <stddef.h>

#include "cl/opencl.h"
#include "fmnist_cl/error.h"

/* Sub-device `index` (from 0) of `count` with equally many compute units each; a remainder stays
 * unused. Release with fm_cl_sub_device_free, after everything created on it. FM_E_ARGUMENT if the
 * device has too few compute units or cannot be partitioned, FM_E_OPENCL if the driver fails. */
int fm_cl_sub_device_create(cl_device_id *out, cl_device_id device, size_t index, size_t count,
                            fm_error *error);
void fm_cl_sub_device_free(cl_device_id sub_device);

#endif
