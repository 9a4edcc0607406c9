#include "backend/opencl_program.h"

#include <stdio.h>

#include "cl/program.h"
#include "kernels.h"
#include "backend/ops.h"

/* Pixels of a work-item in a group; a lone one takes a whole row. */
enum { GROUP_GATHER_CHUNK = 16, LONE_GATHER_CHUNK = FM_MAX_COLS };

size_t fm_opencl_gather_chunk(const fm_cl_context *context) {
    return context->lone_items ? LONE_GATHER_CHUNK : GROUP_GATHER_CHUNK;
}

/* Without warnings (-w): a CPU driver would tell every user that vectors change the calling
 * convention. Denormals are zero: the moments of weights that get no gradient any more decay into
 * them and stay there, where a processor takes twice as long for a root or a quotient. */
int fm_opencl_build(cl_program *out, const fm_cl_context *context, const char *const *sources,
                    const char *options, fm_error *error) {
    enum { MOST_SOURCES = 9 };
    const char *all[MOST_SOURCES] = {fm_kernel_update, fm_kernel_activation, fm_kernel_gather,
                                     fm_kernel_loss, fm_kernel_prelu};
    char text[768];
    size_t count = 5;
    for (; *sources; sources++)
        all[count++] = *sources;
    snprintf(text, sizeof text,
             "-cl-std=CL1.2 -cl-denorms-are-zero -w -DFM_IDENTITY=%d -DFM_RELU=%d -DFM_PRELU=%d"
             " -DFM_ELU=%d -DFM_MSE=%d -DFM_UPDATE_KEEP=%d -DFM_UPDATE_SGD=%d -DFM_UPDATE_ADAM=%d"
             " -DFM_UPDATE_RMSPROP=%d -DGATHER_CHUNK=%zu %s",
             FM_IDENTITY, FM_RELU, FM_PRELU, FM_ELU, FM_MSE, FM_UPDATE_KEEP, FM_UPDATE_SGD,
             FM_UPDATE_ADAM, FM_UPDATE_RMSPROP, fm_opencl_gather_chunk(context), options);
    return fm_cl_program_create(out, context, all, count, text, error);
}
