/* The devices that can compute: every device of every OpenCL platform, and the reference. */
#ifndef FMNIST_CL_DEVICE_LIST_H
#define FMNIST_CL_DEVICE_LIST_H

#include <stddef.h>
#include <stdint.h>

#include "fmnist_cl/error.h"

enum fm_device_type {
    FM_DEVICE_GPU,
    FM_DEVICE_CPU,
    FM_DEVICE_ACCELERATOR,
    FM_DEVICE_REFERENCE, /* plain C on the host, no OpenCL */
};

typedef struct fm_device_info {
    int number; /* position in the list, from 0 */
    enum fm_device_type type;
    const char *platform;
    const char *name;
    const char *opencl_c; /* "OpenCL C 1.2 ...", "" for the reference */
    const char *driver;   /* driver version, "" for the reference */
    unsigned compute_units;
    uint64_t memory_bytes; /* 0 when not known */
} fm_device_info;

typedef struct fm_device_list fm_device_list;

/* Lists what there is, best first: GPUs, CPUs, accelerators, each in the order in which their
 * platforms name them, and the reference last. The order is the same from call to call. Finds at
 * least the reference; a platform or device that fails is left out and leaves a warning.
 * Free with fm_device_list_free. Fails with FM_E_MEMORY only. */
int fm_device_list_create(fm_device_list **out, fm_error *error);
void fm_device_list_free(fm_device_list *list);

size_t fm_device_list_count(const fm_device_list *list);
/* Valid as long as the list; NULL when index is out of range. */
const fm_device_info *fm_device_list_get(const fm_device_list *list, size_t index);

/* What went wrong while looking: broken drivers, platforms without devices. One line each. */
size_t fm_device_list_warning_count(const fm_device_list *list);
const char *fm_device_list_warning(const fm_device_list *list, size_t index);

/* Chooses a device: a number; "gpu", "cpu", "reference"; part of a device's name, upper or lower
 * case (the whole name where several hold that part); NULL or "" for the first OpenCL GPU, else the
 * first OpenCL CPU (never the reference). Fails with FM_E_DEVICE and a hint, how to install PoCL
 * when there is no OpenCL device. */
int fm_device_list_choose(const fm_device_info **out, const fm_device_list *list,
                          const char *wanted, fm_error *error);

/* Why the first device of the list is the first, in one sentence. */
const char *fm_device_list_reason(const fm_device_list *list);

/* "gpu", "cpu", "accelerator" or "reference". */
const char *fm_device_type_name(enum fm_device_type type);

#endif
