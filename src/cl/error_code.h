/* What OpenCL's error codes are called, and how a failed call is recorded. */
#ifndef FM_CL_ERROR_CODE_H
#define FM_CL_ERROR_CODE_H

#include "cl/api.h"
#include "fmnist_cl/error.h"

/* "CL_OUT_OF_RESOURCES" and so on for every code of OpenCL 1.2, and CL_PLATFORM_NOT_FOUND_KHR;
 * "unknown error" for any other. */
const char *fm_cl_error_name(cl_int code);

/* Records that call ("clCreateBuffer") returned code while doing what, which is formatted as with
 * printf: FM_E_OPENCL, why "clCreateBuffer: CL_OUT_OF_RESOURCES (-5)", and a hint where something
 * can be done. Returns FM_E_OPENCL. */
int fm_cl_fail(fm_error *error, cl_int code, const char *call, const char *what, ...)
    FM_PRINTF(4, 5);

#endif
