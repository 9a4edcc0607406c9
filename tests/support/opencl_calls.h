/* Wrappers of OpenCL calls that fail as opencl_fail requests and count objects in opencl_live.
 * Including this header wraps these calls in the whole test program; opencl_calls.c lists them. */
#ifndef FM_TESTS_OPENCL_CALLS_H
#define FM_TESTS_OPENCL_CALLS_H

#include "support/opencl.h"

/* While set, events never seem to complete, so that the ring of markers fills up. */
extern int opencl_always_running;

#endif
