#include "cl/launch.h"

#include <stdio.h>

#include "cl/error.h"

/* The query can fail, for example on a lost device. */
static void name_of(char *out, size_t size, cl_kernel kernel) {
    if (clGetKernelInfo(kernel, CL_KERNEL_FUNCTION_NAME, size, out, NULL))
        snprintf(out, size, "without a name");
    out[size - 1] = '\0';
}

static int fail(fm_error *error, cl_int code, const char *call, cl_kernel kernel) {
    char name[64];
    name_of(name, sizeof name, kernel);
    return fm_cl_fail(error, code, call, "kernel %s", name);
}

int fm_cl_set_arguments(cl_kernel kernel, size_t first, const fm_cl_argument *arguments,
                        size_t count, fm_error *error) {
    for (size_t i = 0; i < count; i++) {
        cl_int code =
            clSetKernelArg(kernel, (cl_uint)(first + i), arguments[i].size, arguments[i].value);
        if (code)
            return fail(error, code, "clSetKernelArg", kernel);
    }
    return FM_OK;
}

int fm_cl_launch(fm_cl_context *context, cl_kernel kernel, fm_cl_range range, fm_error *error) {
    size_t global[2];
    for (int axis = 0; axis < 2; axis++)
        global[axis] = range.groups[axis] * range.items[axis];
    cl_event event = NULL;
    cl_int code = clEnqueueNDRangeKernel(context->queue, kernel, 2, NULL, global, range.items, 0,
                                         NULL, context->profile ? &event : NULL);
    if (code)
        return fail(error, code, "clEnqueueNDRangeKernel", kernel);
    context->pace.launches++;
    if (!context->profile)
        return FM_OK;
    char name[64];
    name_of(name, sizeof name, kernel);
    return fm_cl_profile_add(context->profile, event, name, range.flop, range.bytes, error);
}
