/* Builds the kernels of an OpenCL back end. */
#ifndef FM_BACKEND_OPENCL_PROGRAM_H
#define FM_BACKEND_OPENCL_PROGRAM_H

#include "cl/context.h"

/* Builds `sources` (NULL-terminated) as one program, with the options common to all back ends and
 * `options`. Free with fm_cl_program_free. FM_E_OPENCL, with the build log. */
int fm_opencl_build(cl_program *out, const fm_cl_context *context, const char *const *sources,
                    const char *options, fm_error *error);

#endif
