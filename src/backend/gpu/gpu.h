/* The back end for OpenCL GPUs, and for all other devices that run large work-groups well
 * (cl/context.h). Its matrix products are native (kernels/gpu/linear_tile.cl) or CLBlast's. */
#ifndef FM_BACKEND_GPU_GPU_H
#define FM_BACKEND_GPU_GPU_H

#include "backend/backend.h"
#include "cl/context.h"
#include "fmnist_cl/choices.h"

enum fm_gpu_products {
    FM_GPU_TILE,    /* native */
    FM_GPU_CLBLAST, /* CLBlast, which allocates in each call; FM_E_ARGUMENT if not built in */
};

/* Builds the kernels with these tuning parameters, which must fit the device (fm_choices_fit).
 * The context must outlive the back end. Free with fm_backend_free. FM_E_OPENCL (with the build
 * log), FM_E_MEMORY, FM_E_ARGUMENT. */
int fm_gpu_create(fm_backend **out, fm_cl_context *context, enum fm_gpu_products products,
                  const fm_choices *choices, fm_error *error);

#endif
