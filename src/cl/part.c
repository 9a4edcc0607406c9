#include "cl/part.h"

#include "cl/error_code.h"

int fm_cl_part_create(cl_device_id *out, cl_device_id device, size_t part, size_t parts,
                      fm_error *error) {
    cl_uint units = 0, most = 0, made = 0;
    cl_device_id devices[FM_MAX_PARTS] = {NULL};
    *out = NULL;
    if (parts < 1 || parts > FM_MAX_PARTS || part >= parts)
        return fm_error_set(error, FM_E_ARGUMENT, "device", "part %zu of %zu", part, parts);
    cl_int code = clGetDeviceInfo(device, CL_DEVICE_MAX_COMPUTE_UNITS, sizeof units, &units, NULL);
    if (code)
        return fm_cl_fail(error, code, "clGetDeviceInfo", "the device's compute units");
    if (units < parts)
        return fm_error_set(error, FM_E_ARGUMENT, "device", "%u compute units for %zu parts", units,
                            parts);
    /* A driver that cannot part its devices may crash when it is asked to (rusticl). */
    code = clGetDeviceInfo(device, CL_DEVICE_PARTITION_MAX_SUB_DEVICES, sizeof most, &most, NULL);
    if (code)
        return fm_cl_fail(error, code, "clGetDeviceInfo", "the device's parts");
    if (most < parts)
        return fm_error_set(error, FM_E_ARGUMENT, "device", "%zu parts of one that has %u", parts,
                            most);
    /* By counts: equally would give more parts than asked for where units are left over. */
    cl_device_partition_property wanted[FM_MAX_PARTS + 3] = {CL_DEVICE_PARTITION_BY_COUNTS};
    for (size_t i = 0; i < parts; i++)
        wanted[i + 1] = (cl_device_partition_property)(units / parts);
    wanted[parts + 1] = CL_DEVICE_PARTITION_BY_COUNTS_LIST_END;
    wanted[parts + 2] = 0;
    code = clCreateSubDevices(device, wanted, (cl_uint)parts, devices, &made);
    if (code)
        return fm_cl_fail(error, code, "clCreateSubDevices", "%zu parts of the device", parts);
    if (made == parts)
        *out = devices[part];
    for (size_t i = 0; i < made && i < parts; i++)
        if (devices[i] != *out)
            fm_cl_part_free(devices[i]);
    return *out ? FM_OK
                : fm_error_set(error, FM_E_OPENCL, "device", "%u parts where %zu were asked for",
                               made, parts);
}

void fm_cl_part_free(cl_device_id part) {
    if (part)
        clReleaseDevice(part);
}
