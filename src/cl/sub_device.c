#include "cl/sub_device.h"

#include "cl/error_code.h"
#include "fmnist_cl/device.h"

int fm_cl_sub_device_create(cl_device_id *out, cl_device_id device, size_t index, size_t count,
                            fm_error *error) {
    cl_uint units = 0, limit = 0, made = 0;
    cl_device_id devices[FM_MAX_SUB_DEVICES] = {NULL};
    *out = NULL;
    if (count < 1 || count > FM_MAX_SUB_DEVICES || index >= count)
        return fm_error_set(error, FM_E_ARGUMENT, "device", "there is no sub-device %zu of %zu",
                            index, count);
    cl_int code = clGetDeviceInfo(device, CL_DEVICE_MAX_COMPUTE_UNITS, sizeof units, &units, NULL);
    if (code)
        return fm_cl_fail(error, code, "clGetDeviceInfo", "the device's compute units");
    if (units < count)
        return fm_error_set(error, FM_E_ARGUMENT, "device",
                            "has %u compute units, too few for %zu sub-devices", units, count);
    /* Ask first: a driver without sub-devices may crash in clCreateSubDevices (rusticl). */
    code = clGetDeviceInfo(device, CL_DEVICE_PARTITION_MAX_SUB_DEVICES, sizeof limit, &limit, NULL);
    if (code)
        return fm_cl_fail(error, code, "clGetDeviceInfo", "the device's sub-devices");
    if (limit < count)
        return fm_error_set(error, FM_E_ARGUMENT, "device",
                            "supports at most %u sub-devices; %zu requested", limit, count);
    /* CL_DEVICE_PARTITION_EQUALLY could make more than count sub-devices, from the remainder. */
    cl_device_partition_property wanted[FM_MAX_SUB_DEVICES + 3] = {CL_DEVICE_PARTITION_BY_COUNTS};
    for (size_t i = 0; i < count; i++)
        wanted[i + 1] = (cl_device_partition_property)(units / count);
    wanted[count + 1] = CL_DEVICE_PARTITION_BY_COUNTS_LIST_END;
    wanted[count + 2] = 0;
    code = clCreateSubDevices(device, wanted, (cl_uint)count, devices, &made);
    if (code)
        return fm_cl_fail(error, code, "clCreateSubDevices", "%zu sub-devices", count);
    if (made == count)
        *out = devices[index];
    for (size_t i = 0; i < made && i < count; i++)
        if (devices[i] != *out)
            fm_cl_sub_device_free(devices[i]);
    return *out ? FM_OK
                : fm_error_set(error, FM_E_OPENCL, "device",
                               "the driver created %u sub-devices instead of %zu", made, count);
}

void fm_cl_sub_device_free(cl_device_id sub_device) {
    if (sub_device)
        clReleaseDevice(sub_device);
}
