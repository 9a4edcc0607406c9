#include "backend/gpu/gpu.h"

#include <stdio.h>

#include "backend/choices.h"
#include "backend/gpu/gpu_launch.h"
#include "backend/gpu/gpu_plan.h"
#include "base/memory.h"
#include "kernels.h"
#ifdef FM_WITH_CLBLAST
#include "backend/gpu/clblast.h"
#endif

/* Parameters are a matrix [inputs + 1][stride] with the bias as the last row, which is a factor of
 * the products. Rows are padded with zeros to whole vectors of four floats. */
static size_t layout_size(size_t outputs, size_t inputs) {
    return fm_gpu_parameters_stride(outputs) * (inputs + 1);
}

static size_t layout_index(size_t outputs, size_t inputs, size_t o, size_t k) {
    (void)inputs;
    return k * fm_gpu_parameters_stride(outputs) + o;
}

static const fm_layout layout = {layout_size, layout_index};

static int build(fm_gpu *self, fm_error *error) {
    const char *const sources[] = {fm_kernel_elementwise,
                                   self->product ? fm_kernel_linear_clblast : fm_kernel_linear_tile,
                                   NULL};
    const fm_choices *choices = &self->opencl.choices;
    char options[128];
    snprintf(options, sizeof options, "-DTILE=%d -DWORK=%d -DDEPTH=%d -DTEAMS=%d", choices->side,
             choices->work, choices->depth, FM_TILE_TEAMS);
    return fm_opencl_build(&self->opencl, sources, options, error);
}

int fm_gpu_create(fm_backend **out, fm_cl_context *context, enum fm_gpu_products products,
                  const fm_choices *choices, fm_error *error) {
    fm_gpu *self = NULL;
    fm_gpu_product *product = NULL;
    *out = NULL;
#ifdef FM_WITH_CLBLAST
    if (products == FM_GPU_CLBLAST)
        product = fm_clblast_product;
#endif
    if (products == FM_GPU_CLBLAST && !product)
        return fm_error_set(error, FM_E_ARGUMENT, "clblast", "not part of this build");
    int status = fm_memory_allocate(&self, 1, sizeof *self, "the device", error);
    if (status)
        return status;
    fm_opencl_init(&self->opencl, context, choices, &layout);
    self->opencl.table.plan_compile = fm_gpu_plan_compile;
    self->opencl.table.plan_free = fm_gpu_plan_free;
    self->opencl.table.plan_run = fm_gpu_plan_run;
    self->product = product;
    status = build(self, error);
    if (status)
        fm_backend_free(&self->opencl.base);
    else
        *out = &self->opencl.base;
    return status;
}
