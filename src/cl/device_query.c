#include "cl/device_query.h"

#include <stdio.h>
#include <string.h>

#include "base/count.h"
#include "cl/clean_text.h"
#include "cl/error_code.h"

enum {
    TEXT_LIMIT = 4096, /* of an answer; the longest known names have about 100 bytes */
    WHY_LIMIT = 256,   /* of the reason why a device is ignored */
};

void fm_device_entry_link(fm_device_entry *entry) {
    entry->info.platform = entry->platform_name;
    entry->info.name = entry->name;
    entry->info.opencl_c = entry->opencl_c;
    entry->info.driver = entry->driver;
}

void fm_device_query_platform(char *out, size_t size, cl_platform_id platform) {
    char answer[TEXT_LIMIT + 1] = "";
    out[0] = '\0';
    if (!clGetPlatformInfo(platform, CL_PLATFORM_NAME, TEXT_LIMIT, answer, NULL))
        fm_cl_text_clean(out, size, answer);
    if (!out[0])
        snprintf(out, size, "a platform without a name");
}

/* Queries a string and cleans it. */
static cl_int ask_text(char *out, size_t size, cl_device_id device, cl_device_info what) {
    char answer[TEXT_LIMIT + 1] = "";
    out[0] = '\0';
    cl_int code = clGetDeviceInfo(device, what, TEXT_LIMIT, answer, NULL);
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

/* Sets name, type and driver. Writes to `why` the reason why the device cannot be used; leaves it
 * empty if the device can be used. */
static void examine(fm_device_entry *out, char why[WHY_LIMIT], cl_device_id device) {
    cl_device_type type = 0;
    cl_bool available = CL_FALSE, compiler = CL_FALSE;
    char version[96] = "";
    const struct {
        const char *what;
        cl_device_info info;
        size_t size;
        void *out;
        bool is_text;
    } queries[] = {
        {"name", CL_DEVICE_NAME, sizeof out->name, out->name, true},
        {"type", CL_DEVICE_TYPE, sizeof type, &type, false},
        {"availability", CL_DEVICE_AVAILABLE, sizeof available, &available, false},
        {"compiler", CL_DEVICE_COMPILER_AVAILABLE, sizeof compiler, &compiler, false},
        {"version", CL_DEVICE_VERSION, sizeof version, version, true},
        {"driver version", CL_DRIVER_VERSION, sizeof out->driver, out->driver, true},
    };
    for (size_t i = 0; i < FM_COUNT(queries); i++) {
        const size_t size = queries[i].size;
        cl_int code = queries[i].is_text
                          ? ask_text(queries[i].out, size, device, queries[i].info)
                          : clGetDeviceInfo(device, queries[i].info, size, queries[i].out, NULL);
        if (code) {
            snprintf(why, WHY_LIMIT, "cannot query its %s: clGetDeviceInfo: %s (%d)",
                     queries[i].what, fm_cl_error_name(code), code);
            return;
        }
        if (!out->name[0]) /* the first query */
            snprintf(out->name, sizeof out->name, "a device without a name");
    }
    unsigned major = 0, minor = 0;
    int numbers = sscanf(version, "OpenCL %3u.%3u", &major, &minor);
    if (!type_of(&out->info.type, type))
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
static void describe(fm_device_entry *out, cl_device_id device) {
    cl_uint units = 1;
    cl_ulong bytes = 0;
    (void)ask_text(out->opencl_c, sizeof out->opencl_c, device, CL_DEVICE_OPENCL_C_VERSION);
    (void)clGetDeviceInfo(device, CL_DEVICE_MAX_COMPUTE_UNITS, sizeof units, &units, NULL);
    (void)clGetDeviceInfo(device, CL_DEVICE_GLOBAL_MEM_SIZE, sizeof bytes, &bytes, NULL);
    out->info.compute_units = units;
    out->info.memory_bytes = bytes;
}

int fm_device_query(fm_device_entry *out, bool *usable, cl_device_id device, fm_warnings *warnings,
                    fm_error *error) {
    char why[WHY_LIMIT] = "";
    out->device = device;
    examine(out, why, device);
    *usable = !why[0];
    if (*usable) {
        describe(out, device);
        return FM_OK;
    }
    return fm_warnings_add(warnings, error, "device %s of %s is ignored: %s",
                           out->name[0] ? out->name : "(no name)", out->platform_name, why);
}
