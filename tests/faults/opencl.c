/* Wraps OpenCL calls. A release, and a wait for the queue, is executed and then fails: otherwise
 * the working device would continue to use memory that the program frees after the error. */
#include <string.h>

#include <CL/cl.h>

#include "faults/faults.h"

/* Wraps a call that returns an error code. */
#define FAILS(name, parameters, arguments)                                                         \
    cl_int CL_API_CALL name parameters {                                                           \
        REAL(name);                                                                                \
        return FAULTS_DUE(FAULTS_OPENCL, #name, NULL) ? CL_OUT_OF_RESOURCES : real arguments;      \
    }

/* Wraps a call that returns an object, and an error code in its last parameter. */
#define CREATES(type, name, parameters, arguments)                                                 \
    type CL_API_CALL name parameters {                                                             \
        REAL(name);                                                                                \
        if (FAULTS_DUE(FAULTS_OPENCL, #name, NULL)) {                                              \
            if (code)                                                                              \
                *code = CL_OUT_OF_RESOURCES;                                                       \
            return NULL;                                                                           \
        }                                                                                          \
        type object = real arguments;                                                              \
        FAULTS_TAKE(FAULTS_OPENCL, object);                                                        \
        return object;                                                                             \
    }

#define RELEASES(name, type)                                                                       \
    cl_int CL_API_CALL name(type object) {                                                         \
        REAL(name);                                                                                \
        int due = FAULTS_DUE(FAULTS_OPENCL, #name, NULL);                                          \
        faults_give_back(FAULTS_OPENCL, object);                                                   \
        cl_int status = real(object);                                                              \
        return due ? CL_OUT_OF_RESOURCES : status;                                                 \
    }

typedef void(CL_CALLBACK *context_notify)(const char *, const void *, size_t, void *);
typedef void(CL_CALLBACK *build_notify)(cl_program, void *);

/* ---- Platforms and devices ---- */

FAILS(clGetPlatformIDs, (cl_uint most, cl_platform_id *out, cl_uint *count), (most, out, count))
FAILS(clGetPlatformInfo,
      (cl_platform_id platform, cl_platform_info what, size_t size, void *out, size_t *needed),
      (platform, what, size, out, needed))
FAILS(clGetDeviceIDs,
      (cl_platform_id platform, cl_device_type type, cl_uint most, cl_device_id *out,
       cl_uint *count),
      (platform, type, most, out, count))
FAILS(clGetDeviceInfo,
      (cl_device_id device, cl_device_info what, size_t size, void *out, size_t *needed),
      (device, what, size, out, needed))
RELEASES(clReleaseDevice, cl_device_id)

cl_int CL_API_CALL clCreateSubDevices(cl_device_id device,
                                      const cl_device_partition_property *properties, cl_uint most,
                                      cl_device_id *out, cl_uint *count) {
    REAL(clCreateSubDevices);
    if (FAULTS_DUE(FAULTS_OPENCL, "clCreateSubDevices", NULL))
        return CL_OUT_OF_RESOURCES;
    cl_int code = real(device, properties, most, out, count);
    for (cl_uint i = 0; !code && out && i < most; i++)
        FAULTS_TAKE(FAULTS_OPENCL, out[i]);
    return code;
}

/* ---- Context, queue, program ---- */

CREATES(cl_context, clCreateContext,
        (const cl_context_properties *properties, cl_uint count, const cl_device_id *devices,
         context_notify notify, void *data, cl_int *code),
        (properties, count, devices, notify, data, code))
RELEASES(clReleaseContext, cl_context)
CREATES(cl_command_queue, clCreateCommandQueue,
        (cl_context context, cl_device_id device, cl_command_queue_properties properties,
         cl_int *code),
        (context, device, properties, code))
RELEASES(clReleaseCommandQueue, cl_command_queue)
FAILS(clGetCommandQueueInfo,
      (cl_command_queue queue, cl_command_queue_info what, size_t size, void *out, size_t *needed),
      (queue, what, size, out, needed))
CREATES(cl_program, clCreateProgramWithSource,
        (cl_context context, cl_uint count, const char **texts, const size_t *lengths,
         cl_int *code),
        (context, count, texts, lengths, code))
FAILS(clBuildProgram,
      (cl_program program, cl_uint count, const cl_device_id *devices, const char *options,
       build_notify notify, void *data),
      (program, count, devices, options, notify, data))
FAILS(clGetProgramBuildInfo,
      (cl_program program, cl_device_id device, cl_program_build_info what, size_t size, void *out,
       size_t *needed),
      (program, device, what, size, out, needed))
RELEASES(clReleaseProgram, cl_program)
CREATES(cl_kernel, clCreateKernel, (cl_program program, const char *name, cl_int *code),
        (program, name, code))
FAILS(clGetKernelInfo,
      (cl_kernel kernel, cl_kernel_info what, size_t size, void *out, size_t *needed),
      (kernel, what, size, out, needed))
RELEASES(clReleaseKernel, cl_kernel)
FAILS(clSetKernelArg, (cl_kernel kernel, cl_uint index, size_t size, const void *value),
      (kernel, index, size, value))

/* ---- Buffers and commands ---- */

CREATES(cl_mem, clCreateBuffer,
        (cl_context context, cl_mem_flags flags, size_t size, void *host, cl_int *code),
        (context, flags, size, host, code))
RELEASES(clReleaseMemObject, cl_mem)
FAILS(clEnqueueFillBuffer,
      (cl_command_queue queue, cl_mem buffer, const void *pattern, size_t length, size_t offset,
       size_t size, cl_uint count, const cl_event *wait, cl_event *event),
      (queue, buffer, pattern, length, offset, size, count, wait, event))
FAILS(clEnqueueCopyBuffer,
      (cl_command_queue queue, cl_mem from, cl_mem to, size_t from_offset, size_t to_offset,
       size_t size, cl_uint count, const cl_event *wait, cl_event *event),
      (queue, from, to, from_offset, to_offset, size, count, wait, event))
FAILS(clEnqueueWriteBuffer,
      (cl_command_queue queue, cl_mem buffer, cl_bool blocking, size_t offset, size_t size,
       const void *host, cl_uint count, const cl_event *wait, cl_event *event),
      (queue, buffer, blocking, offset, size, host, count, wait, event))
FAILS(clEnqueueReadBuffer,
      (cl_command_queue queue, cl_mem buffer, cl_bool blocking, size_t offset, size_t size,
       void *host, cl_uint count, const cl_event *wait, cl_event *event),
      (queue, buffer, blocking, offset, size, host, count, wait, event))
FAILS(clEnqueueNDRangeKernel,
      (cl_command_queue queue, cl_kernel kernel, cl_uint dimensions, const size_t *offset,
       const size_t *global, const size_t *local, cl_uint count, const cl_event *wait,
       cl_event *event),
      (queue, kernel, dimensions, offset, global, local, count, wait, event))

cl_int CL_API_CALL clEnqueueMarkerWithWaitList(cl_command_queue queue, cl_uint count,
                                               const cl_event *wait, cl_event *event) {
    REAL(clEnqueueMarkerWithWaitList);
    if (FAULTS_DUE(FAULTS_OPENCL, "clEnqueueMarkerWithWaitList", NULL))
        return CL_OUT_OF_RESOURCES;
    cl_int code = real(queue, count, wait, event);
    if (!code && event)
        FAULTS_TAKE(FAULTS_OPENCL, *event);
    return code;
}

RELEASES(clReleaseEvent, cl_event)
FAILS(clGetEventInfo, (cl_event event, cl_event_info what, size_t size, void *out, size_t *needed),
      (event, what, size, out, needed))
FAILS(clGetEventProfilingInfo,
      (cl_event event, cl_profiling_info what, size_t size, void *out, size_t *needed),
      (event, what, size, out, needed))
FAILS(clWaitForEvents, (cl_uint count, const cl_event *events), (count, events))
FAILS(clFlush, (cl_command_queue queue), (queue))

cl_int CL_API_CALL clFinish(cl_command_queue queue) {
    REAL(clFinish);
    int due = FAULTS_DUE(FAULTS_OPENCL, "clFinish", NULL);
    cl_int code = real(queue);
    return due ? CL_OUT_OF_RESOURCES : code;
}
