/* A device's compute units, shared out: parts that compute side by side. */
#ifndef FM_CL_PART_H
#define FM_CL_PART_H

#include <stddef.h>

#include "cl/api.h"
#include "fmnist_cl/device.h"

/* Part number `part`, from 0, of a device divided into `parts` of equally many compute units each
 * (what is left over is not used). Release with fm_cl_part_free, after everything that was made on
 * it. FM_E_OPENCL when the device cannot be divided so. */
int fm_cl_part_create(cl_device_id *out, cl_device_id device, size_t part, size_t parts,
                      fm_error *error);
void fm_cl_part_free(cl_device_id part);

#endif
