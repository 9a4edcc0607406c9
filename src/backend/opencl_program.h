/* Building the kernels of an implementation. */
#ifndef FM_BACKEND_OPENCL_PROGRAM_H
#define FM_BACKEND_OPENCL_PROGRAM_H

#include "cl/context.h"

/* Pixels that a work-item of the gather takes. */
size_t fm_opencl_gather_chunk(const fm_cl_context *context);

/* The kernels that all share, and then `sources` (ended by NULL), with the numbers of the enums
 * and with `options`. Free with fm_cl_program_free. FM_E_OPENCL, with the build log. */
int fm_opencl_build(cl_program *out, const fm_cl_context *context, const char *const *sources,
                    const char *options, fm_error *error);

#endif
