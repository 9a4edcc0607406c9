/* Diagnoses installed OpenCL drivers. A driver is a library that an .icd file names; the OpenCL
 * loader silently ignores those that do not work. */
#ifndef FM_CL_ICD_H
#define FM_CL_ICD_H

#include "cl/warnings.h"

/* Adds a warning for each installed driver that cannot be loaded or has no platform. Searches where
 * the loaders search: $OCL_ICD_VENDORS (a folder, an .icd file or a library), else the .icd files
 * in $OPENCL_VENDOR_PATH, else those in /etc/OpenCL/vendors. Call it after clGetPlatformIDs.
 * FM_E_MEMORY. */
int fm_icd_check(fm_warnings *warnings, fm_error *error);

#endif
