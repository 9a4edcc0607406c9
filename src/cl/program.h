/* Programs and kernels. */
#ifndef FM_CL_PROGRAM_H
#define FM_CL_PROGRAM_H

#include <stddef.h>

#include "cl/context.h"

/* Builds the sources as one program. If the build fails, the error's detail contains the build log.
 * Free with fm_cl_program_free. FM_E_OPENCL. */
int fm_cl_program_create(cl_program *out, const fm_cl_context *context, const char *const *sources,
                         size_t count, const char *options, fm_error *error);
void fm_cl_program_free(cl_program program);

/* Free with fm_cl_kernel_free. FM_E_OPENCL. */
int fm_cl_kernel_create(cl_kernel *out, cl_program program, const char *name, fm_error *error);
void fm_cl_kernel_free(cl_kernel kernel);

#endif
