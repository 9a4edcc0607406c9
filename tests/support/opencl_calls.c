/* wrap: clCreateContext clReleaseContext clCreateCommandQueue clReleaseCommandQueue */
/* wrap: clCreateProgramWithSource clBuildProgram clReleaseProgram clCreateKernel clReleaseKernel */
/* wrap: clCreateBuffer clReleaseMemObject clEnqueueFillBuffer clEnqueueWriteBuffer */
/* wrap: clEnqueueReadBuffer clSetKernelArg clEnqueueNDRangeKernel clEnqueueMarkerWithWaitList */
/* wrap: clReleaseEvent clWaitForEvents clGetEventInfo clFlush clFinish */
#include "support/opencl_calls.h"

int opencl_always_running;

/* Wraps a call that returns an error code. */
#define FAILS(name, parameters, arguments)                                                         \
    cl_int __real_##name parameters;                                                               \
    cl_int __wrap_##name parameters;                                                               \
    cl_int __wrap_##name parameters {                                                              \
        cl_int failure = opencl_failure(#name);                                                    \
        return failure ? failure : __real_##name arguments;                                        \
    }

/* Wraps a call that returns an object, and an error code in its last parameter. */
#define CREATES(type, name, parameters, arguments)                                                 \
    type __real_##name parameters;                                                                 \
    type __wrap_##name parameters;                                                                 \
    type __wrap_##name parameters {                                                                \
        if ((*code = opencl_failure(#name)))                                                       \
            return NULL;                                                                           \
        type object = __real_##name arguments;                                                     \
        opencl_live += object != NULL;                                                             \
        return object;                                                                             \
    }

#define RELEASES(type, name)                                                                       \
    cl_int __real_##name(type object);                                                             \
    cl_int __wrap_##name(type object);                                                             \
    cl_int __wrap_##name(type object) {                                                            \
        opencl_live--;                                                                             \
        return __real_##name(object);                                                              \
    }

typedef void(CL_CALLBACK *context_notify)(const char *, const void *, size_t, void *);
typedef void(CL_CALLBACK *build_notify)(cl_program, void *);

CREATES(cl_context, clCreateContext,
        (const cl_context_properties *properties, cl_uint count, const cl_device_id *devices,
         context_notify notify, void *data, cl_int *code),
        (properties, count, devices, notify, data, code))
RELEASES(cl_context, clReleaseContext)
CREATES(cl_command_queue, clCreateCommandQueue,
        (cl_context context, cl_device_id device, cl_command_queue_properties properties,
         cl_int *code),
        (context, device, properties, code))
RELEASES(cl_command_queue, clReleaseCommandQueue)

CREATES(cl_program, clCreateProgramWithSource,
        (cl_context context, cl_uint count, const char **texts, const size_t *lengths,
         cl_int *code),
        (context, count, texts, lengths, code))
FAILS(clBuildProgram,
      (cl_program program, cl_uint count, const cl_device_id *devices, const char *options,
       build_notify notify, void *data),
      (program, count, devices, options, notify, data))
RELEASES(cl_program, clReleaseProgram)
CREATES(cl_kernel, clCreateKernel, (cl_program program, const char *name, cl_int *code),
        (program, name, code))
RELEASES(cl_kernel, clReleaseKernel)

CREATES(cl_mem, clCreateBuffer,
        (cl_context context, cl_mem_flags flags, size_t size, void *host, cl_int *code),
        (context, flags, size, host, code))
RELEASES(cl_mem, clReleaseMemObject)
FAILS(clEnqueueFillBuffer,
      (cl_command_queue queue, cl_mem buffer, const void *pattern, size_t length, size_t offset,
       size_t size, cl_uint count, const cl_event *wait, cl_event *event),
      (queue, buffer, pattern, length, offset, size, count, wait, event))
FAILS(clEnqueueWriteBuffer,
      (cl_command_queue queue, cl_mem buffer, cl_bool blocking, size_t offset, size_t size,
       const void *host, cl_uint count, const cl_event *wait, cl_event *event),
      (queue, buffer, blocking, offset, size, host, count, wait, event))
FAILS(clEnqueueReadBuffer,
      (cl_command_queue queue, cl_mem buffer, cl_bool blocking, size_t offset, size_t size,
       void *host, cl_uint count, const cl_event *wait, cl_event *event),
      (queue, buffer, blocking, offset, size, host, count, wait, event))

FAILS(clSetKernelArg, (cl_kernel kernel, cl_uint index, size_t size, const void *value),
      (kernel, index, size, value))
FAILS(clEnqueueNDRangeKernel,
      (cl_command_queue queue, cl_kernel kernel, cl_uint dimensions, const size_t *offset,
       const size_t *global, const size_t *local, cl_uint count, const cl_event *wait,
       cl_event *event),
      (queue, kernel, dimensions, offset, global, local, count, wait, event))

WRAP(cl_int, clEnqueueMarkerWithWaitList, cl_command_queue queue, cl_uint count,
     const cl_event *wait, cl_event *event) {
    cl_int code = opencl_failure("clEnqueueMarkerWithWaitList");
    if (!code)
        code = __real_clEnqueueMarkerWithWaitList(queue, count, wait, event);
    opencl_live += code == CL_SUCCESS;
    return code;
}

RELEASES(cl_event, clReleaseEvent)
FAILS(clWaitForEvents, (cl_uint count, const cl_event *events), (count, events))

/* Can also report a failed event: the fault "the state of an event". */
WRAP(cl_int, clGetEventInfo, cl_event event, cl_event_info what, size_t size, void *out,
     size_t *needed) {
    cl_int code = opencl_failure("clGetEventInfo");
    if (code)
        return code;
    code = __real_clGetEventInfo(event, what, size, out, needed);
    cl_int state = opencl_failure("the state of an event");
    if (opencl_always_running)
        state = CL_RUNNING;
    if (state)
        *(cl_int *)out = state;
    return code;
}

FAILS(clFlush, (cl_command_queue queue), (queue))
FAILS(clFinish, (cl_command_queue queue), (queue))
