/* Names of OpenCL error codes; errors for failed OpenCL calls. */
#ifndef FM_CL_ERROR_H
#define FM_CL_ERROR_H

#include "cl/opencl.h"
#include "fmnist_cl/error.h"

/* "CL_OUT_OF_RESOURCES" etc. for every code of OpenCL 1.2 and for CL_PLATFORM_NOT_FOUND_KHR;
 * otherwise "unknown error". */
const char *fm_cl_error_name(cl_int code);

/* Records that call ("clCreateBuffer") returned code. what, formatted like printf, says what it was
 * for ("64 bytes of device memory"). Sets why to "clCreateBuffer: CL_OUT_OF_RESOURCES (-5)" and, if
 * the user can do something, a hint. Returns FM_E_OPENCL. */
int fm_cl_fail(fm_error *error, cl_int code, const char *call, const char *what, ...)
    FM_PRINTF(4, 5);

#endif
