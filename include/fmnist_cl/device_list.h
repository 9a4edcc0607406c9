/* Lists the devices: every device of every OpenCL platform, and the reference. */
#ifndef FMNIST_CL_DEVICE_LIST_H
#define FMNIST_CL_DEVICE_LIST_H

#include <stddef.h>
#include <stdint.h>

#include "fmnist_cl/decls.h"
#include "fmnist_cl/error.h"

FM_BEGIN_DECLS

enum fm_device_type {
    FM_DEVICE_GPU,
    FM_DEVICE_CPU,
    FM_DEVICE_ACCELERATOR,
    FM_DEVICE_REFERENCE, /* plain C on the host, without OpenCL */
};

typedef struct fm_device_info {
    int number; /* index in the list, from 0 */
    enum fm_device_type type;
    const char *platform;
    const char *name;
    const char *opencl_c; /* "OpenCL C 1.2 ..."; "" for the reference */
    const char *driver;   /* driver version; "" for the reference */
    unsigned compute_units;
    uint64_t memory_bytes; /* 0 if unknown */
} fm_device_info;

typedef struct fm_device_list fm_device_list;

/* Lists GPUs first, then CPUs, then accelerators, each in the order of their platforms, and finally
 * the reference. The order is the same every time. Devices and platforms that fail are ignored and
 * cause a warning. Free with fm_device_list_free. FM_E_MEMORY. */
int fm_device_list_create(fm_device_list **out, fm_error *error);
void fm_device_list_free(fm_device_list *list);

size_t fm_device_list_count(const fm_device_list *list);
/* Valid as long as the list; NULL if index is out of range. */
const fm_device_info *fm_device_list_get(const fm_device_list *list, size_t index);

/* Problems found while listing, such as broken drivers and platforms without devices. One line
 * each. */
size_t fm_device_list_warning_count(const fm_device_list *list);
const char *fm_device_list_warning(const fm_device_list *list, size_t index);

/* Chooses a device by number; by type ("gpu", "cpu", "reference"); or by a part of its name,
 * ignoring case (if several names contain the text, a name that equals it). NULL or "": the first
 * GPU, else the first OpenCL CPU, never the reference. FM_E_DEVICE with a hint; without any OpenCL
 * device, the hint says how to install PoCL. */
int fm_device_list_choose(const fm_device_info **out, const fm_device_list *list,
                          const char *wanted, fm_error *error);

/* Why the first device comes first, such as "the first OpenCL CPU: there is no GPU". */
const char *fm_device_list_reason(const fm_device_list *list);

/* "gpu", "cpu", "accelerator" or "reference". */
const char *fm_device_type_name(enum fm_device_type type);

FM_END_DECLS

#endif
