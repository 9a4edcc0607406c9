/* Internal part of the device list: OpenCL handles. */
#ifndef FM_CL_DEVICE_LIST_H
#define FM_CL_DEVICE_LIST_H

#include "cl/api.h"
#include "fmnist_cl/device_list.h"

/* The OpenCL handles of device `number`, valid until the process ends. Either pointer may be NULL.
 * FM_E_DEVICE if there is no such device, FM_E_ARGUMENT for the reference. */
int fm_device_list_opencl(cl_platform_id *platform, cl_device_id *device,
                          const fm_device_list *list, int number, fm_error *error);

/* What the user can do about a platform that has no devices; NULL if nothing is known. */
const char *fm_device_list_advice(const fm_device_list *list);

#endif
