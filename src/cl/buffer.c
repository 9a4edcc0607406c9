#include "cl/buffer.h"

#include "cl/error_code.h"

int fm_cl_buffer_create(cl_mem *out, const fm_cl_context *context, size_t bytes, fm_error *error) {
    const cl_uchar zero = 0;
    cl_int code;
    *out = NULL;
    cl_mem buffer = clCreateBuffer(context->context, CL_MEM_READ_WRITE, bytes, NULL, &code);
    if (code)
        return fm_cl_fail(error, code, "clCreateBuffer", "%zu bytes of device memory", bytes);
    code = clEnqueueFillBuffer(context->queue, buffer, &zero, sizeof zero, 0, bytes, 0, NULL, NULL);
    if (code) {
        clReleaseMemObject(buffer);
        return fm_cl_fail(error, code, "clEnqueueFillBuffer", "%zu bytes of device memory", bytes);
    }
    *out = buffer;
    return FM_OK;
}

int fm_cl_buffer_wrap(cl_mem *out, const fm_cl_context *context, const void *host, size_t bytes,
                      fm_error *error) {
    cl_int code;
    cl_mem_flags flags =
        CL_MEM_READ_ONLY | (context->shares_memory ? CL_MEM_USE_HOST_PTR : CL_MEM_COPY_HOST_PTR);
    *out = clCreateBuffer(context->context, flags, bytes, (void *)host, &code);
    if (code) {
        *out = NULL;
        return fm_cl_fail(error, code, "clCreateBuffer", "%zu bytes of device memory", bytes);
    }
    return FM_OK;
}

void fm_cl_buffer_free(cl_mem buffer) {
    if (buffer)
        clReleaseMemObject(buffer);
}

int fm_cl_buffer_copy(cl_mem to, cl_mem from, const fm_cl_context *context, size_t bytes,
                      fm_error *error) {
    cl_int code = clEnqueueCopyBuffer(context->queue, from, to, 0, 0, bytes, 0, NULL, NULL);
    if (code)
        return fm_cl_fail(error, code, "clEnqueueCopyBuffer", "%zu bytes", bytes);
    return FM_OK;
}

int fm_cl_buffer_write(cl_mem buffer, const fm_cl_context *context, const void *host, size_t offset,
                       size_t bytes, fm_error *error) {
    cl_int code =
        clEnqueueWriteBuffer(context->queue, buffer, CL_TRUE, offset, bytes, host, 0, NULL, NULL);
    if (code)
        return fm_cl_fail(error, code, "clEnqueueWriteBuffer", "%zu bytes", bytes);
    return FM_OK;
}

int fm_cl_buffer_read(void *host, cl_mem buffer, const fm_cl_context *context, size_t offset,
                      size_t bytes, fm_error *error) {
    cl_int code =
        clEnqueueReadBuffer(context->queue, buffer, CL_TRUE, offset, bytes, host, 0, NULL, NULL);
    if (code)
        return fm_cl_fail(error, code, "clEnqueueReadBuffer", "%zu bytes", bytes);
    return FM_OK;
}
