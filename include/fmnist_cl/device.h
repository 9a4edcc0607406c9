/* A device made ready to compute. */
#ifndef FMNIST_CL_DEVICE_H
#define FMNIST_CL_DEVICE_H

#include <stddef.h>

#include "fmnist_cl/choices.h"
#include "fmnist_cl/device_list.h"
#include "fmnist_cl/error.h"

/* Who computes the matrix products. */
enum fm_gemm {
    FM_GEMM_AUTO, /* what tuning found to be faster (fmnist_cl/tune.h); else our own kernels */
    FM_GEMM_NATIVE,
    FM_GEMM_CLBLAST,
};

/* Whether CLBlast was built in. */
int fm_gemm_has_clblast(void);

/* "auto", "native", "clblast"; and back: FM_E_ARGUMENT, with the choices as hint. */
const char *fm_gemm_name(enum fm_gemm gemm);
int fm_gemm_parse(enum fm_gemm *out, const char *name, fm_error *error);

/* A device made ready: its context, queue and compiled kernels. */
typedef struct fm_device fm_device;

/* Opens device number `number` of the list and builds its kernels (about a second the first time,
 * when the driver has not cached them). The list may be freed afterwards. A device serves one
 * thread at a time. Fails with FM_E_OPENCL (a build failure carries the log in error->detail),
 * FM_E_ARGUMENT (CLBlast asked for on the reference, or not built in), FM_E_MEMORY.
 * Free with fm_device_close, after everything that was made on it. */
int fm_device_open(fm_device **out, const fm_device_list *list, int number, enum fm_gemm gemm,
                   fm_error *error);
void fm_device_close(fm_device *device);

enum { FM_MAX_PARTS = 64 };

/* How a device is opened. */
typedef struct fm_device_setup {
    enum fm_gemm gemm;         /* FM_GEMM_AUTO: our own kernels */
    const fm_choices *choices; /* for our own kernels; NULL: the built-in ones */
    size_t part, parts; /* one of so many (up to FM_MAX_PARTS) equal parts of the compute units; 0
                         * or 1: the whole device */
} fm_device_setup;

/* The same, in that way. Parts compute side by side, a thread each, and with the same results, bit
 * for bit, as the whole; of the reference each part is another one. FM_E_ARGUMENT when there are
 * fewer units than parts or the choices do not fit the device, FM_E_OPENCL when it cannot be
 * divided. */
int fm_device_open_as(fm_device **out, const fm_device_list *list, int number,
                      const fm_device_setup *setup, fm_error *error);

/* Floating-point operations a second in fused multiply-adds, the most that the device does:
 * measured now, for some tenths of a second. FM_E_ARGUMENT on the reference, FM_E_OPENCL. */
int fm_device_peak(double *flops, fm_device *device, fm_error *error);

/* What one kernel took since profiling began: by the device's own clock, waiting not counted. */
typedef struct fm_kernel_profile {
    const char *name;
    size_t calls;
    double seconds;
    double flop, bytes; /* what it had to compute and to move, at least; 0 where nobody counts */
} fm_kernel_profile;

/* Has every launch from now on timed; costs some microseconds each. FM_E_ARGUMENT on the reference,
 * FM_E_OPENCL, FM_E_MEMORY. */
int fm_device_profile(fm_device *device, fm_error *error);
/* Waits for all that was launched, and gives a row for each kernel in the order of their first
 * launch; the rows are the device's and hold until the next launch. FM_E_ARGUMENT before
 * fm_device_profile, FM_E_OPENCL. */
int fm_device_profile_read(const fm_kernel_profile **rows, size_t *count, fm_device *device,
                           fm_error *error);

/* How a device computes. */
typedef struct fm_device_kernels {
    enum fm_gemm products;     /* native or clblast */
    const fm_choices *choices; /* of our own kernels; NULL where they do not compute */
    int chosen;                /* by who opened the device; 0: they are the built-in ones */
} fm_device_kernels;

/* Valid as long as the device. */
fm_device_kernels fm_device_get_kernels(const fm_device *device);

/* A copy of the list's entry; valid as long as the device. */
const fm_device_info *fm_device_get_info(const fm_device *device);

#endif
