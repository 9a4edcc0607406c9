/* Internal part of the device list: OpenCL devices with their OpenCL handles. */
#ifndef FM_CL_DEVICE_LIST_H
#define FM_CL_DEVICE_LIST_H

#include "cl/device_query.h"
#include "fmnist_cl/device_list.h"

/* The OpenCL handle of device `number`, valid until the process ends. FM_E_DEVICE if there is no
 * such device, FM_E_ARGUMENT for the reference. */
int fm_device_list_opencl(cl_device_id *out, const fm_device_list *list, int number,
                          fm_error *error);

/* Device `number`; NULL if there is none. A copy needs fm_device_entry_link. */
const fm_device_entry *fm_device_list_entry(const fm_device_list *list, int number);

/* What the user can do about a platform that has no devices; NULL if nothing is known. */
const char *fm_device_list_advice(const fm_device_list *list);

#endif
