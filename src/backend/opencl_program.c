#include "backend/opencl_program.h"

#include <stdio.h>

#include "cl/program.h"

/* -w: a CPU driver would otherwise warn every user that vectors change the calling convention.
 * -cl-denorms-are-zero: the moments of weights that no longer get a gradient decay into denormals,
 * for which a processor takes twice as long to compute a root or a quotient. */
int fm_opencl_build(cl_program *out, const fm_cl_context *context, const char *const *sources,
                    const char *options, fm_error *error) {
    char text[256];
    size_t count = 0;
    while (sources[count])
        count++;
    snprintf(text, sizeof text, "-cl-std=CL1.2 -cl-denorms-are-zero -w %s", options);
    return fm_cl_program_create(out, context, sources, count, text, error);
}
