/* OpenCL for tests: a context on the first device, and calls that fail on request. A test lists
 * further calls in its wrap line and defines their wrappers with WRAP.
 * support/opencl_calls.h has the usual ones. */
#ifndef FM_TESTS_OPENCL_H
#define FM_TESTS_OPENCL_H

#include "cl/context.h"
#include "support/wrap.h"

/* Opens the OpenCL device that $FM_TEST_DEVICE names, else the first. Skips the test if there is
 * none. */
fm_cl_context *opencl_open(void);
cl_device_id opencl_first_device(void);

/* The named call fails once with code, after `before` successful calls. */
void opencl_fail(const char *call, int before, cl_int code);
/* Like opencl_fail, but every later OpenCL call fails too, as on a lost device, until the next
 * opencl_fail. */
void opencl_lose(const char *call, int before, cl_int code);
/* The code with which this call must fail now, else CL_SUCCESS. */
cl_int opencl_failure(const char *call);
/* Whether the requested failure has happened. */
int opencl_failed(void);

/* Asserts what every failed OpenCL call must return: FM_E_OPENCL, and why = "call: NAME (code)". */
void opencl_assert_failed(int status, const fm_error *error, const char *call, const char *why);

/* Number of OpenCL objects created by the calls in support/opencl_calls.h and not released. */
extern _Atomic int opencl_live; /* trials run in several threads */
/* objects of an open context */
enum { OPENCL_OPEN = 2 };

#endif
