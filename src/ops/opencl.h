/* The operations on an OpenCL device. */
#ifndef FM_OPS_OPENCL_H
#define FM_OPS_OPENCL_H

#include "cl/context.h"
#include "fmnist_cl/choices.h"
#include "ops/ops.h"

/* Which implementation of the linear layer. */
enum fm_linear_kind {
    FM_LINEAR_PANEL,   /* our own for CPUs: one work-item a tile, weights in panels */
    FM_LINEAR_TILE,    /* our own for GPUs: tiles in local memory */
    FM_LINEAR_CLBLAST, /* CLBlast's products; FM_E_ARGUMENT when it was not built in */
};

/* Which of our own suits the device. */
enum fm_linear_kind fm_opencl_native(const fm_cl_context *context);

/* Builds the kernels with these choices, which must fit the device (fm_choices_fit); NULL: the
 * built-in ones. The context must outlive the ops. Free with fm_ops_free.
 * FM_E_OPENCL (with the build log), FM_E_MEMORY, FM_E_ARGUMENT. */
int fm_opencl_create(fm_ops **out, fm_cl_context *context, enum fm_linear_kind linear,
                     const fm_choices *choices, fm_error *error);

#endif
