#include "cl/program.h"

#include <stdlib.h>

#include "base/memory.h"
#include "cl/error.h"

/* Bytes of a build log; larger answers of a driver are not trusted. */
enum { LOG_LIMIT = 1 << 24 };

static void attach_log(fm_error *error, cl_program program, cl_device_id device) {
    size_t size = 0;
    char *log = NULL;
    if (clGetProgramBuildInfo(program, device, CL_PROGRAM_BUILD_LOG, 0, NULL, &size) || size < 1 ||
        size > LOG_LIMIT)
        return;
    if (fm_memory_allocate(&log, size + 1, 1, "the build log", NULL))
        return;
    if (!clGetProgramBuildInfo(program, device, CL_PROGRAM_BUILD_LOG, size, log, NULL))
        fm_error_detail(error, log);
    free(log);
}

int fm_cl_program_create(cl_program *out, const fm_cl_context *context, const char *const *sources,
                         size_t count, const char *options, fm_error *error) {
    cl_int code;
    *out = NULL;
    cl_program program = clCreateProgramWithSource(context->context, (cl_uint)count,
                                                   (const char **)sources, NULL, &code);
    if (code)
        return fm_cl_fail(error, code, "clCreateProgramWithSource", "the kernels");
    code = clBuildProgram(program, 1, &context->device, options, NULL, NULL);
    if (code) {
        int status = fm_cl_fail(error, code, "clBuildProgram", "the kernels");
        attach_log(error, program, context->device);
        clReleaseProgram(program);
        return status;
    }
    *out = program;
    return FM_OK;
}

void fm_cl_program_free(cl_program program) {
    if (program)
        clReleaseProgram(program);
}

int fm_cl_kernel_create(cl_kernel *out, cl_program program, const char *name, fm_error *error) {
    cl_int code;
    *out = clCreateKernel(program, name, &code);
    if (code) {
        *out = NULL;
        return fm_cl_fail(error, code, "clCreateKernel", "kernel %s", name);
    }
    return FM_OK;
}

void fm_cl_kernel_free(cl_kernel kernel) {
    if (kernel)
        clReleaseKernel(kernel);
}
