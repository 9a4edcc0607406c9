/* Opens devices for computation. */
#ifndef FMNIST_CL_DEVICE_H
#define FMNIST_CL_DEVICE_H

#include <stddef.h>

#include "fmnist_cl/choices.h"
#include "fmnist_cl/decls.h"
#include "fmnist_cl/device_list.h"
#include "fmnist_cl/error.h"

FM_BEGIN_DECLS

/* Matrix-product back end. */
enum fm_gemm {
    FM_GEMM_AUTO, /* left open: fm_device_open uses native. A caller that has tuned the device
                   * passes the result of fm_tuned_products instead. */
    FM_GEMM_NATIVE,
    FM_GEMM_CLBLAST,
};

/* Whether CLBlast is built in. */
int fm_gemm_has_clblast(void);

/* "auto", "native", "clblast". fm_gemm_parse is the inverse: FM_E_ARGUMENT for other names, with
 * the valid ones as hint. */
const char *fm_gemm_name(enum fm_gemm gemm);
int fm_gemm_parse(enum fm_gemm *out, const char *name, fm_error *error);

/* An open device: context, queue and compiled kernels. */
typedef struct fm_device fm_device;

/* Opens device `number` of the list and builds its kernels, which takes about a second unless the
 * driver has them in its cache. The list may be freed afterwards. Only one thread at a time may use
 * a device. Close it with fm_device_close, after freeing everything created on it. FM_E_OPENCL
 * (after a failed build, error->detail has the build log); FM_E_ARGUMENT (CLBlast requested but not
 * built in, or on the reference); FM_E_MEMORY. */
int fm_device_open(fm_device **out, const fm_device_list *list, int number, enum fm_gemm gemm,
                   fm_error *error);
void fm_device_close(fm_device *device);

enum { FM_MAX_SUB_DEVICES = 64 };

/* Options for opening a device. */
typedef struct fm_device_setup {
    enum fm_gemm gemm;         /* FM_GEMM_AUTO: native */
    const fm_choices *choices; /* tuning parameters of the native kernels; NULL: defaults */
    /* Open sub-device `sub_device` of `sub_devices` (up to FM_MAX_SUB_DEVICES) with equally many
     * compute units; sub_devices 0 or 1: the whole device. */
    size_t sub_device, sub_devices;
} fm_device_setup;

/* Like fm_device_open, with options. Sub-devices compute in parallel, one thread each, with the
 * same bits as the whole device. Each sub-device of the reference is an independent reference.
 * FM_E_ARGUMENT if there are fewer compute units than sub-devices, or the device does not support
 * the tuning parameters; FM_E_OPENCL if the driver cannot partition the device. */
int fm_device_open_as(fm_device **out, const fm_device_list *list, int number,
                      const fm_device_setup *setup, fm_error *error);

/* Measures the device's peak with fused multiply-adds, in floating-point operations per second.
 * Takes some tenths of a second. FM_E_ARGUMENT on the reference, FM_E_OPENCL. */
int fm_device_peak(double *flops, fm_device *device, fm_error *error);

/* Time of one kernel since profiling began, by the device's clock, without waiting in the queue. */
typedef struct fm_kernel_profile {
    const char *name;
    size_t calls;
    double seconds;
    double flop, bytes; /* operations and memory traffic that the launches need at least; 0 if
                         * unknown */
} fm_kernel_profile;

/* Times every later launch, which costs some microseconds per launch. FM_E_ARGUMENT on the
 * reference, FM_E_OPENCL, FM_E_MEMORY. */
int fm_device_profile(fm_device *device, fm_error *error);
/* Waits for all launches and returns one row per kernel, in the order of their first launch. The
 * device owns the rows; they are valid until the next launch. FM_E_ARGUMENT without
 * fm_device_profile, FM_E_OPENCL. */
int fm_device_profile_read(const fm_kernel_profile **rows, size_t *count, fm_device *device,
                           fm_error *error);

/* The kernels that a device uses. */
typedef struct fm_device_kernels {
    enum fm_gemm products; /* FM_GEMM_NATIVE or FM_GEMM_CLBLAST */
    const fm_choices
        *choices; /* tuning parameters of the native kernels; NULL if others are used */
    int chosen;   /* the caller chose the tuning parameters; 0: they are the defaults */
} fm_device_kernels;

/* Valid as long as the device. */
fm_device_kernels fm_device_get_kernels(const fm_device *device);

/* A copy of the device list's entry; valid as long as the device. */
const fm_device_info *fm_device_get_info(const fm_device *device);

FM_END_DECLS

#endif
