/* OpenCL calls that fail when support/opencl.h's opencl_fail says so, and objects that are counted
 * in opencl_live. Including this header replaces the calls of the whole test program: see
 * opencl_calls.c for which. */
#ifndef FM_TESTS_OPENCL_CALLS_H
#define FM_TESTS_OPENCL_CALLS_H

#include "support/opencl.h"

/* While this is set, no event ever seems to be done: the ring of markers fills up. */
extern int opencl_always_running;

#endif
