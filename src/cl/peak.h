/* Measures a device's peak performance, to compare measured times with. */
#ifndef FM_CL_PEAK_H
#define FM_CL_PEAK_H

#include <stddef.h>

#include "cl/context.h"

/* Each measurement repeats its kernel for at least `seconds`, so that clock resolution and thread
 * start do not matter. The result is the best of `rounds` measurements, because disturbances only
 * make them slower. */
typedef struct fm_cl_effort {
    double seconds;
    int rounds;
} fm_cl_effort;

/* Floating-point operations per second with fused multiply-adds. FM_E_OPENCL. */
int fm_cl_peak_flops(double *flops, fm_cl_context *context, fm_cl_effort effort, fm_error *error);

/* Bytes per second, counting reads and writes, with a buffer of about `bytes`. FM_E_OPENCL. */
int fm_cl_peak_bandwidth(double *rate, fm_cl_context *context, size_t bytes, fm_cl_effort effort,
                         fm_error *error);

/* Seconds per launch of an empty kernel, in a sequence of launches without waits. FM_E_OPENCL. */
int fm_cl_peak_launch(double *seconds, fm_cl_context *context, fm_cl_effort effort,
                      fm_error *error);

#endif
