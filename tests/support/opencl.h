/* OpenCL for tests: a context on the first device, and calls that fail when told to. A test names
 * further calls in its wrap line and defines their __wrap_ functions with what stands here; the
 * usual ones are in support/opencl_calls.h. */
#ifndef FM_TESTS_OPENCL_H
#define FM_TESTS_OPENCL_H

#include "cl/context.h"

/* On the OpenCL device that FM_TEST_DEVICE in the environment names, else the first; the test is
 * skipped when there is none. */
fm_cl_context *opencl_open(void);
cl_device_id opencl_first_device(void);

/* The call of that name fails with code, once, after it has worked `before` times. */
void opencl_fail(const char *call, int before, cl_int code);
/* The same, and every OpenCL call after it fails too, as when the device is lost, until the next
 * opencl_fail. */
void opencl_lose(const char *call, int before, cl_int code);
/* The code with which this call is to fail now, else CL_SUCCESS. */
cl_int opencl_failure(const char *call);
/* Whether the failure asked for has happened. */
int opencl_failed(void);

/* Asserts what every failed OpenCL call leaves behind: status, and why in "call: NAME (code)". */
void opencl_assert_failed(int status, const fm_error *error, const char *call, const char *why);

/* Declares NAME's real function and opens the definition of its replacement. */
#define WRAP(type, name, ...)                                                                      \
    type __real_##name(__VA_ARGS__);                                                               \
    type __wrap_##name(__VA_ARGS__);                                                               \
    type __wrap_##name(__VA_ARGS__)

/* Objects made and not released: those that the calls of support/opencl_calls.h make. */
extern _Atomic int opencl_live; /* trials run in several threads */
/* As many belong to an open context. */
enum { OPENCL_OPEN = 2 };

#endif
