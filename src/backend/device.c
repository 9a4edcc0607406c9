/* Opens a device with the back end that computes on it. */
#include "backend/device.h"

#include <stdlib.h>

#include "backend/choices.h"
#include "backend/cpu/cpu.h"
#include "backend/gpu/gpu.h"
#include "backend/reference/reference.h"
#include "base/memory.h"
#include "cl/context.h"
#include "cl/device_list.h"
#include "cl/peak.h"
#include "cl/sub_device.h"

struct fm_device {
    fm_device_entry entry;   /* a copy: the list may be freed */
    cl_device_id sub_device; /* NULL: the whole device */
    fm_cl_context *context;  /* NULL for the reference */
    fm_choices choices;
    int is_chosen; /* the caller gave the tuning parameters */
    int is_clblast;
    fm_backend *backend;
};

static int open_opencl(fm_device *device, const fm_device_setup *setup, fm_error *error) {
    cl_device_id id = device->entry.device;
    int status = FM_OK;
    if (setup->sub_devices > 1) {
        status = fm_cl_sub_device_create(&device->sub_device, id, setup->sub_device,
                                         setup->sub_devices, error);
        id = device->sub_device;
    }
    if (!status)
        status = fm_cl_context_create(&device->context, id, error);
    if (status)
        return status;
    device->is_clblast = setup->gemm == FM_GEMM_CLBLAST;
    device->is_chosen = setup->choices != NULL;
    if (setup->choices)
        device->choices = *setup->choices;
    else
        fm_choices_init(&device->choices, device->context);
    if (setup->choices && !fm_choices_fit(setup->choices, device->context))
        return fm_error_set(error, FM_E_ARGUMENT, "tuning parameters",
                            "not supported by this device");
    if (device->is_clblast)
        return fm_gpu_create(&device->backend, device->context, FM_GPU_CLBLAST, &device->choices,
                             error);
    if (device->context->single_item_groups)
        return fm_cpu_create(&device->backend, device->context, &device->choices, error);
    return fm_gpu_create(&device->backend, device->context, FM_GPU_TILE, &device->choices, error);
}

int fm_device_open_as(fm_device **out, const fm_device_list *list, int number,
                      const fm_device_setup *setup, fm_error *error) {
    fm_device *device = NULL;
    *out = NULL;
    const fm_device_entry *entry = fm_device_list_entry(list, number);
    if (!entry)
        return fm_error_set(error, FM_E_DEVICE, "device", "there is no number %d", number);
    if (entry->info.type == FM_DEVICE_REFERENCE && setup->gemm == FM_GEMM_CLBLAST)
        return fm_error_set(error, FM_E_ARGUMENT, "clblast", "the reference does not use OpenCL");
    int status = fm_memory_allocate(&device, 1, sizeof *device, "the device", error);
    if (status)
        return status;
    device->entry = *entry;
    fm_device_entry_link(&device->entry);
    if (entry->info.type == FM_DEVICE_REFERENCE)
        status = fm_reference_create(&device->backend, error);
    else
        status = open_opencl(device, setup, error);
    if (status)
        fm_device_close(device);
    else
        *out = device;
    return status;
}

int fm_device_open(fm_device **out, const fm_device_list *list, int number, enum fm_gemm gemm,
                   fm_error *error) {
    const fm_device_setup setup = {.gemm = gemm};
    return fm_device_open_as(out, list, number, &setup, error);
}

void fm_device_close(fm_device *device) {
    if (!device)
        return;
    fm_backend_free(device->backend);
    fm_cl_context_free(device->context);
    fm_cl_sub_device_free(device->sub_device);
    free(device);
}

int fm_device_peak(double *flops, fm_device *device, fm_error *error) {
    const fm_cl_effort effort = {.seconds = 0.01, .rounds = 5};
    *flops = 0;
    if (!device->context)
        return fm_error_set(error, FM_E_ARGUMENT, "a peak", "the reference launches no kernels");
    return fm_cl_peak_flops(flops, device->context, effort, error);
}

int fm_device_profile(fm_device *device, fm_error *error) {
    if (!device->context)
        return fm_error_set(error, FM_E_ARGUMENT, "a profile", "the reference launches no kernels");
    return fm_cl_context_profile(device->context, error);
}

int fm_device_profile_read(const fm_kernel_profile **rows, size_t *count, fm_device *device,
                           fm_error *error) {
    *rows = NULL;
    *count = 0;
    if (!device->context || !device->context->profile)
        return fm_error_set(error, FM_E_ARGUMENT, "a profile", "call fm_device_profile first");
    int status = fm_backend_finish(device->backend, error);
    return status ? status : fm_cl_profile_read(rows, count, device->context->profile, error);
}

fm_device_kernels fm_device_get_kernels(const fm_device *device) {
    if (device->is_clblast)
        return (fm_device_kernels){.products = FM_GEMM_CLBLAST};
    return (fm_device_kernels){.products = FM_GEMM_NATIVE,
                               .choices = device->context ? &device->choices : NULL,
                               .chosen = device->is_chosen};
}

const fm_device_info *fm_device_get_info(const fm_device *device) {
    return &device->entry.info;
}

fm_backend *fm_device_backend(fm_device *device) {
    return device->backend;
}
