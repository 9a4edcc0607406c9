#include "cl/device_query.h"

#include <stdio.h>
#include <string.h>

#include "cl/error.h"
#include "cl/text.h"

enum {
    TEXT_LIMIT = 4096,     /* of an answer; the longest known names have about 100 bytes */
    UNITS_LIMIT = 1 << 20, /* compute units; large GPUs have a few hundred */
    WHY_LIMIT = 256,       /* of the reason why a device is ignored */
};
#define MEMORY_LIMIT ((cl_ulong)1 << 50) /* bytes, 1 PiB */

void fm_device_entry_link(fm_device_entry *entry) {
    entry->info.platform = entry->platform_name;
    entry->info.name = entry->name;
    entry->info.opencl_c = entry->opencl_c;
    entry->info.driver = entry->driver;
}

void fm_device_query_platform(char *out, size_t size, cl_platform_id platform) {
    char answer[TEXT_LIMIT + 1] = "";
    size_t length = 0;
    out[0] = '\0';
    cl_int code = clGetPlatformInfo(platform, CL_PLATFORM_NAME, 0, NULL, &length);
    if (code == CL_SUCCESS && length <= TEXT_LIMIT)
        code = clGetPlatformInfo(platform, CL_PLATFORM_NAME, TEXT_LIMIT, answer, NULL);
    if (code == CL_SUCCESS)
        fm_cl_text_clean(out, size, answer);
    if (!out[0])
        snprintf(out, size, "a platform without a name");
}

/* Queries a string and cleans it. Returns CL_INVALID_VALUE also for an answer that is too long. */
static cl_int ask_text(char *out, size_t size, cl_device_id device, cl_device_info what) {
    char answer[TEXT_LIMIT + 1] = "";
    size_t length = 0;
    out[0] = '\0';
    cl_int code = clGetDeviceInfo(device, what, 0, NULL, &length);
    if (code == CL_SUCCESS && length > TEXT_LIMIT)
        code = CL_INVALID_VALUE;
    if (code == CL_SUCCESS)
        code = clGetDeviceInfo(device, what, TEXT_LIMIT, answer, NULL);
    if (code == CL_SUCCESS)
        fm_cl_text_clean(out, size, answer);
    return code;
}

static bool type_of(enum fm_device_type *out, cl_device_type type) {
    if (type & CL_DEVICE_TYPE_GPU)
        *out = FM_DEVICE_GPU;
    else if (type & CL_DEVICE_TYPE_CPU)
        *out = FM_DEVICE_CPU;
    else if (type & CL_DEVICE_TYPE_ACCELERATOR)
        *out = FM_DEVICE_ACCELERATOR;
    else
        return false;
    return true;
}

/* Sets name and type. Writes to `why` the reason why the device cannot be used; leaves it empty if
 * the device can be used. */
static void examine(fm_device_entry *out, char why[WHY_LIMIT], cl_device_id device) {
    const char *failed = "its name";
    cl_int code = ask_text(out->name, sizeof out->name, device, CL_DEVICE_NAME);
    if (code == CL_SUCCESS && !out->name[0])
        snprintf(out->name, sizeof out->name, "a device without a name");

    cl_device_type type = 0;
    if (code == CL_SUCCESS) {
        failed = "its type";
        code = clGetDeviceInfo(device, CL_DEVICE_TYPE, sizeof type, &type, NULL);
    }
    cl_bool available = CL_FALSE, compiler = CL_FALSE;
    if (code == CL_SUCCESS) {
        failed = "its availability";
        code = clGetDeviceInfo(device, CL_DEVICE_AVAILABLE, sizeof available, &available, NULL);
    }
    if (code == CL_SUCCESS) {
        failed = "its compiler";
        code =
            clGetDeviceInfo(device, CL_DEVICE_COMPILER_AVAILABLE, sizeof compiler, &compiler, NULL);
    }
    char version[96] = "";
    if (code == CL_SUCCESS) {
        failed = "its version";
        code = ask_text(version, sizeof version, device, CL_DEVICE_VERSION);
    }
    if (code == CL_SUCCESS) {
        failed = "its driver version";
        code = ask_text(out->driver, sizeof out->driver, device, CL_DRIVER_VERSION);
    }
    unsigned major = 0, minor = 0;
    int numbers = sscanf(version, "OpenCL %3u.%3u", &major, &minor);

    if (code != CL_SUCCESS)
        snprintf(why, WHY_LIMIT, "cannot query %s: clGetDeviceInfo: %s (%d)", failed,
                 fm_cl_error_name(code), code);
    else if (!type_of(&out->info.type, type))
        snprintf(why, WHY_LIMIT, "it is not a GPU, CPU or accelerator");
    else if (!available)
        snprintf(why, WHY_LIMIT, "it reports that it is not available");
    else if (!compiler)
        snprintf(why, WHY_LIMIT, "its driver has no compiler");
    else if (numbers != 2)
        snprintf(why, WHY_LIMIT, "its version is malformed: \"%s\"", version);
    else if (major < 1 || (major == 1 && minor < 2))
        snprintf(why, WHY_LIMIT, "it supports OpenCL %u.%u; 1.2 is required", major, minor);
}

/* Queries optional properties: the device can be used without them. */
static int describe(fm_device_entry *out, cl_device_id device, fm_warnings *warnings,
                    fm_error *error) {
    int status = FM_OK;
    if (ask_text(out->opencl_c, sizeof out->opencl_c, device, CL_DEVICE_OPENCL_C_VERSION))
        out->opencl_c[0] = '\0';

    cl_uint units = 0;
    cl_int code = clGetDeviceInfo(device, CL_DEVICE_MAX_COMPUTE_UNITS, sizeof units, &units, NULL);
    if (code != CL_SUCCESS || units < 1 || units > UNITS_LIMIT) {
        status = fm_warnings_add(warnings, error,
                                 "device %s of %s: invalid number of compute units; assuming 1",
                                 out->name, out->platform_name);
        units = 1;
    }
    out->info.compute_units = units;
    if (status)
        return status;

    cl_ulong bytes = 0;
    code = clGetDeviceInfo(device, CL_DEVICE_GLOBAL_MEM_SIZE, sizeof bytes, &bytes, NULL);
    if (code != CL_SUCCESS || bytes < 1 || bytes > MEMORY_LIMIT) {
        status = fm_warnings_add(warnings, error,
                                 "device %s of %s: invalid memory size; treated as unknown",
                                 out->name, out->platform_name);
        bytes = 0;
    }
    out->info.memory_bytes = bytes;
    return status;
}

int fm_device_query(fm_device_entry *out, bool *usable, cl_device_id device, fm_warnings *warnings,
                    fm_error *error) {
    char why[WHY_LIMIT] = "";
    *usable = false;
    out->device = device;
    examine(out, why, device);
    if (why[0])
        return fm_warnings_add(warnings, error, "device %s of %s is ignored: %s",
                               out->name[0] ? out->name : "(no name)", out->platform_name, why);
    *usable = true;
    return describe(out, device, warnings, error);
}
