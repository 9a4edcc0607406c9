/* Why a driver that is installed does not show up: the OpenCL loader leaves it out silently. */
#ifndef FM_CL_ICD_H
#define FM_CL_ICD_H

#include "cl/warnings.h"

/* Adds a warning for each installed driver that cannot be loaded or offers no platform. Looks where
 * the loaders look: $OCL_ICD_VENDORS (a folder, an .icd file or a library), else the .icd files in
 * $OPENCL_VENDOR_PATH, else those in /etc/OpenCL/vendors. To be called after clGetPlatformIDs.
 * FM_E_MEMORY. */
int fm_icd_check(fm_warnings *warnings, fm_error *error);

#endif
