/* What a device can do at most, measured: what a time is to be held against. */
#ifndef FM_CL_PEAK_H
#define FM_CL_PEAK_H

#include <stddef.h>

#include "cl/context.h"

/* How thoroughly: a measurement repeats its kernel until it takes `seconds`, so that a clock's
 * resolution and a thread's start do not count; the best of `rounds` counts, for everything that
 * disturbs takes time. */
typedef struct fm_cl_effort {
    double seconds;
    int rounds;
} fm_cl_effort;

/* Floating-point operations a second in fused multiply-adds. All three: FM_E_OPENCL. */
int fm_cl_peak_flops(double *flops, fm_cl_context *context, fm_cl_effort effort, fm_error *error);

/* Bytes a second, reads and writes counted, over a buffer of about so many bytes. */
int fm_cl_peak_bandwidth(double *rate, fm_cl_context *context, size_t bytes, fm_cl_effort effort,
                         fm_error *error);

/* Seconds of a launch in a chain of them, which nobody waits for. */
int fm_cl_peak_launch(double *seconds, fm_cl_context *context, fm_cl_effort effort,
                      fm_error *error);

#endif
