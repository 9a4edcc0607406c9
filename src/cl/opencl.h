/* The OpenCL headers at version 1.2 (the build sets CL_TARGET_OPENCL_VERSION). Only this folder and
 * code that needs OpenCL types includes it. */
#ifndef FM_CL_OPENCL_H
#define FM_CL_OPENCL_H

#ifdef __APPLE__
#include <OpenCL/opencl.h>
#else
#include <CL/cl.h>
#endif

/* Defined by the extension cl_khr_icd, so not every system's header has it. It means that the
 * loader found no driver. */
#ifndef CL_PLATFORM_NOT_FOUND_KHR
#define CL_PLATFORM_NOT_FOUND_KHR (-1001)
#endif

#endif
