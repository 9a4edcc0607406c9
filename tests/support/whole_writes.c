/* Preloaded with Oclgrind (tests/implementations.sh). Oclgrind's check for uninitialized values
 * marks a whole buffer as uninitialized whenever the host writes a part of it (at least up to
 * version 21.10). So this library turns partial writes into writes of whole buffers. */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include <CL/cl.h>

/* Looks up the real call. Programs without OpenCL, such as ctest, preload this library too, so it
 * cannot link OpenCL. */
#define REAL(name)                                                                                 \
    __typeof__(&name) real_##name;                                                                 \
    void *address_of_##name = dlsym(RTLD_NEXT, #name);                                             \
    memcpy(&real_##name, &address_of_##name, sizeof real_##name)

/* bytes NULL: writes zeros. */
static cl_int write_whole(cl_command_queue queue, cl_mem buffer, size_t offset, size_t size,
                          const void *bytes, cl_uint count, const cl_event *events,
                          cl_event *event) {
    REAL(clGetMemObjectInfo);
    REAL(clEnqueueReadBuffer);
    REAL(clEnqueueWriteBuffer);
    size_t all = 0;
    cl_int code = real_clGetMemObjectInfo(buffer, CL_MEM_SIZE, sizeof all, &all, NULL);
    if (code)
        return code;
    if (offset > all || size > all - offset)
        return CL_INVALID_VALUE;
    char *content = malloc(all);
    if (!content)
        return CL_OUT_OF_HOST_MEMORY;
    code = real_clEnqueueReadBuffer(queue, buffer, CL_TRUE, 0, all, content, count, events, NULL);
    if (bytes)
        memcpy(content + offset, bytes, size);
    else
        memset(content + offset, 0, size);
    if (!code)
        code = real_clEnqueueWriteBuffer(queue, buffer, CL_TRUE, 0, all, content, 0, NULL, event);
    free(content);
    return code;
}

cl_int CL_API_CALL clEnqueueWriteBuffer(cl_command_queue queue, cl_mem buffer, cl_bool blocking,
                                        size_t offset, size_t size, const void *bytes,
                                        cl_uint count, const cl_event *events, cl_event *event) {
    (void)blocking;
    return write_whole(queue, buffer, offset, size, bytes, count, events, event);
}

/* This program only fills with zeros. */
cl_int CL_API_CALL clEnqueueFillBuffer(cl_command_queue queue, cl_mem buffer, const void *pattern,
                                       size_t pattern_size, size_t offset, size_t size,
                                       cl_uint count, const cl_event *events, cl_event *event) {
    (void)pattern;
    (void)pattern_size;
    return write_whole(queue, buffer, offset, size, NULL, count, events, event);
}

cl_int CL_API_CALL clEnqueueCopyBuffer(cl_command_queue queue, cl_mem from, cl_mem to,
                                       size_t from_offset, size_t to_offset, size_t size,
                                       cl_uint count, const cl_event *events, cl_event *event) {
    REAL(clEnqueueReadBuffer);
    char *content = malloc(size);
    if (!content)
        return CL_OUT_OF_HOST_MEMORY;
    cl_int code = real_clEnqueueReadBuffer(queue, from, CL_TRUE, from_offset, size, content, count,
                                           events, NULL);
    if (!code)
        code = write_whole(queue, to, to_offset, size, content, 0, NULL, event);
    free(content);
    return code;
}
