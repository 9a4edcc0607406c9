/* Loaded before a program (LD_PRELOAD), it calls every OpenCL device a GPU: so a machine without
 * one runs the kernels for GPUs too, on PoCL. */
#define _GNU_SOURCE /* RTLD_NEXT */

#include <dlfcn.h>
#include <string.h>

#include <CL/cl.h>

cl_int CL_API_CALL clGetDeviceInfo(cl_device_id device, cl_device_info what, size_t size, void *out,
                                   size_t *needed) {
    static const cl_device_type gpu = CL_DEVICE_TYPE_GPU;
    __typeof__(&clGetDeviceInfo) real;
    void *function = dlsym(RTLD_NEXT, "clGetDeviceInfo");
    if (!function)
        return CL_INVALID_DEVICE;
    memcpy(&real, &function, sizeof real);
    cl_int code = real(device, what, size, out, needed);
    if (!code && out && what == CL_DEVICE_TYPE)
        memcpy(out, &gpu, sizeof gpu);
    return code;
}
