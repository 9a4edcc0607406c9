#include "backend/opencl_program.h"

#include <stdio.h>

#include "cl/program.h"

/* Without warnings (-w): a CPU driver would tell every user that vectors change the calling
 * convention. Denormals are zero: the moments of weights that get no gradient any more decay into
 * them and stay there, where a processor takes twice as long for a root or a quotient. */
int fm_opencl_build(cl_program *out, const fm_cl_context *context, const char *const *sources,
                    const char *options, fm_error *error) {
    char text[256];
    size_t count = 0;
    while (sources[count])
        count++;
    snprintf(text, sizeof text, "-cl-std=CL1.2 -cl-denorms-are-zero -w %s", options);
    return fm_cl_program_create(out, context, sources, count, text, error);
}
