#include "backend/cpu/cpu.h"

#include <stdio.h>

#include "backend/choices.h"
#include "base/memory.h"
#include "kernels.h"

_Static_assert((int)FM_ROW_ALIGN % (int)FM_PANEL == 0, "a row consists of whole panels");
_Static_assert((int)FM_ROWS_ALIGN % (int)FM_PANEL == 0, "a batch consists of whole blocks of rows");

static size_t parameters_size(size_t outputs, size_t inputs) {
    return fm_groups(outputs, FM_PANEL) * (inputs + 1) * FM_PANEL;
}

static size_t parameters_index(size_t outputs, size_t inputs, size_t o, size_t k) {
    (void)outputs;
    return (o / FM_PANEL * (inputs + 1) + k) * FM_PANEL + o % FM_PANEL;
}

static int build(fm_opencl *self, fm_error *error) {
    const fm_choices *choices = &self->choices;
    char options[256];
    snprintf(options, sizeof options,
             "-DPANEL=%d -DPANELS=%d -DLINES=%d -DINPUTS=%d -DCACHED=%zu -DTHIN_ROWS=%d"
             " -DMOST_ROWS=%d -DMOST_COLS=%d",
             FM_PANEL, choices->panels, choices->lines, choices->inputs,
             fm_choices_cached_floats(self->context), FM_THIN_ROWS, FM_MOST_ROWS, FM_MAX_COLS);
    const char *const sources[] = {fm_kernel_phases, NULL};
    return fm_opencl_build(self, sources, options, error);
}

int fm_cpu_create(fm_backend **out, fm_cl_context *context, const fm_choices *choices,
                  fm_error *error) {
    static const fm_layout layout = {parameters_size, parameters_index};
    fm_opencl *self = NULL;
    *out = NULL;
    int status = fm_memory_allocate(&self, 1, sizeof *self, "the device", error);
    if (status)
        return status;
    fm_opencl_init(self, context, choices, &layout);
    self->table.plan_compile = fm_cpu_plan_compile;
    self->table.plan_run = fm_cpu_plan_run;
    self->table.plan_free = fm_cpu_plan_free;
    status = build(self, error);
    if (status)
        fm_backend_free(&self->base);
    else
        *out = &self->base;
    return status;
}
