/* The OpenCL headers, at version 1.2 (CL_TARGET_OPENCL_VERSION is set by the build). Included only
 * in this folder and by what needs its types. */
#ifndef FM_CL_API_H
#define FM_CL_API_H

#ifdef __APPLE__
#include <OpenCL/opencl.h>
#else
#include <CL/cl.h>
#endif

/* Of the extension cl_khr_icd, and so not in every system's header: the loader found no driver. */
#ifndef CL_PLATFORM_NOT_FOUND_KHR
#define CL_PLATFORM_NOT_FOUND_KHR (-1001)
#endif

#endif
