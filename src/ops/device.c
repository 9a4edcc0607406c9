/* Opening a device: the choice of the operations' implementation. */
#include "ops/device.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "cl/context.h"
#include "cl/device_list.h"
#include "ops/opencl.h"
#include "ops/reference.h"

/* info's texts point into the list, which may go: they are kept here, with the room they have
 * there. */
typedef struct texts {
    char platform[96], name[160], opencl_c[96], driver[96];
} texts;

struct fm_device {
    fm_device_info info;
    texts texts;
    fm_cl_context *context; /* NULL for the reference */
    fm_ops *ops;
};

static void copy_info(fm_device *device, const fm_device_info *info) {
    texts *t = &device->texts;
    snprintf(t->platform, sizeof t->platform, "%s", info->platform);
    snprintf(t->name, sizeof t->name, "%s", info->name);
    snprintf(t->opencl_c, sizeof t->opencl_c, "%s", info->opencl_c);
    snprintf(t->driver, sizeof t->driver, "%s", info->driver);
    device->info = *info;
    device->info.platform = t->platform;
    device->info.name = t->name;
    device->info.opencl_c = t->opencl_c;
    device->info.driver = t->driver;
}

static enum fm_linear_kind linear_for(enum fm_device_type type, enum fm_gemm gemm) {
    if (gemm == FM_GEMM_CLBLAST)
        return FM_LINEAR_CLBLAST;
    return type == FM_DEVICE_CPU ? FM_LINEAR_PANEL : FM_LINEAR_TILE;
}

int fm_device_open(fm_device **out, const fm_device_list *list, int number, enum fm_gemm gemm,
                   fm_error *error) {
    fm_device *device = NULL;
    *out = NULL;
    const fm_device_info *info = number < 0 ? NULL : fm_device_list_get(list, (size_t)number);
    if (!info)
        return fm_error_set(error, FM_E_DEVICE, "device", "there is no number %d", number);
    if (info->type == FM_DEVICE_REFERENCE && gemm == FM_GEMM_CLBLAST)
        return fm_error_set(error, FM_E_ARGUMENT, "clblast", "the reference does not use OpenCL");
    int status = fm_memory_allocate(&device, 1, sizeof *device, "the device", error);
    if (status)
        return status;
    copy_info(device, info);
    if (info->type == FM_DEVICE_REFERENCE) {
        status = fm_reference_create(&device->ops, error);
    } else {
        cl_device_id id = NULL;
        status = fm_device_list_opencl(NULL, &id, list, number, error);
        if (!status)
            status = fm_cl_context_create(&device->context, id, error);
        if (!status)
            status = fm_opencl_create(&device->ops, device->context, linear_for(info->type, gemm),
                                      error);
    }
    if (status)
        fm_device_close(device);
    else
        *out = device;
    return status;
}

void fm_device_close(fm_device *device) {
    if (!device)
        return;
    fm_ops_free(device->ops);
    fm_cl_context_free(device->context);
    free(device);
}

const fm_device_info *fm_device_get_info(const fm_device *device) {
    return &device->info;
}

fm_ops *fm_device_ops(fm_device *device) {
    return device->ops;
}
