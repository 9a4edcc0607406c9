#include "cl/context.h"

#include <stdlib.h>
#include <time.h>

#include "base/count.h"
#include "base/memory.h"
#include "cl/error_code.h"

/* Number of launches between two markers. With FM_CL_MARKS markers the queue holds at most a few
 * hundred launches: enough to keep the device busy while the host sleeps, but little memory. */
enum { LAUNCHES_PER_MARKER = 32 };

/* Pauses of 0.1 ms before wait_until_unreferenced gives up. */
enum { MAX_PAUSES = 1000 };

/* Queries the device type and the limits that select the kernels. A failed query is an error:
 * a default value could select other kernels than in the last run, and these round differently. */
static int ask_limits(fm_cl_context *self, cl_device_type *type, fm_error *error) {
    cl_uint units = 0, width = 0;
    cl_ulong local = 0;
    const struct {
        cl_device_info what;
        size_t size;
        void *out;
        const char *name;
    } queries[] = {
        {CL_DEVICE_TYPE, sizeof *type, type, "type"},
        {CL_DEVICE_MAX_COMPUTE_UNITS, sizeof units, &units, "compute units"},
        {CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT, sizeof width, &width, "vector width"},
        {CL_DEVICE_MAX_WORK_GROUP_SIZE, sizeof self->group_items, &self->group_items,
         "work-group size"},
        {CL_DEVICE_LOCAL_MEM_SIZE, sizeof local, &local, "local memory"},
    };
    for (size_t i = 0; i < FM_COUNT(queries); i++) {
        cl_int code =
            clGetDeviceInfo(self->device, queries[i].what, queries[i].size, queries[i].out, NULL);
        if (code)
            return fm_cl_fail(error, code, "clGetDeviceInfo", "the device's %s", queries[i].name);
    }
    self->compute_units = units ? units : 1;
    self->vector_width = width ? width : 1;
    self->local_bytes = (size_t)local;
    return FM_OK;
}

/* The size of the cache that one compute unit uses; 0 if unknown. It affects speed only, never
 * results. On CPUs, local memory is ordinary memory, and drivers report as its size that of the L2
 * cache (PoCL) or a size that fits into it (Intel). This is preferred, because
 * CL_DEVICE_GLOBAL_MEM_CACHE_SIZE may be the size of a cache that all units share (PoCL: L3). */
static size_t unit_cache_bytes(const fm_cl_context *self) {
    cl_ulong cache = 0;
    cl_device_local_mem_type type = CL_NONE;
    if (clGetDeviceInfo(self->device, CL_DEVICE_GLOBAL_MEM_CACHE_SIZE, sizeof cache, &cache,
                        NULL) ||
        clGetDeviceInfo(self->device, CL_DEVICE_LOCAL_MEM_TYPE, sizeof type, &type, NULL))
        return 0;
    if (type != CL_GLOBAL || self->local_bytes > cache)
        return (size_t)cache;
    return self->local_bytes;
}

int fm_cl_context_create(fm_cl_context **out, cl_device_id device, fm_error *error) {
    fm_cl_context *self = NULL;
    cl_int code;
    *out = NULL;
    int status = fm_memory_allocate(&self, 1, sizeof *self, "OpenCL context", error);
    if (status)
        return status;
    self->device = device;
    cl_bool shares = CL_FALSE;
    cl_device_type type = 0;
    status = ask_limits(self, &type, error);
    if (status)
        goto out;
    self->cache_bytes = unit_cache_bytes(self);
    /* If the query fails, assume separate memory, which is always correct. */
    if (!clGetDeviceInfo(device, CL_DEVICE_HOST_UNIFIED_MEMORY, sizeof shares, &shares, NULL))
        self->shares_memory = shares && (type & CL_DEVICE_TYPE_CPU);
    /* A device that is both GPU and CPU counts as a GPU, as in the device list. */
    int is_cpu = (type & CL_DEVICE_TYPE_CPU) && !(type & CL_DEVICE_TYPE_GPU);
    self->single_item_groups =
        (is_cpu && self->vector_width > 1) || self->group_items < FM_CL_MIN_GROUP_ITEMS;
    self->context = clCreateContext(NULL, 1, &device, NULL, NULL, &code);
    if (code) {
        self->context = NULL;
        status = fm_cl_fail(error, code, "clCreateContext", "the device's context");
        goto out;
    }
    self->queue = clCreateCommandQueue(self->context, device, 0, &code);
    if (code) {
        self->queue = NULL;
        status = fm_cl_fail(error, code, "clCreateCommandQueue", "the device's queue");
    }
out:
    if (status)
        fm_cl_context_free(self);
    else
        *out = self;
    return status;
}

static void drop_markers(fm_cl_pace *pace) {
    for (; pace->count; pace->count--) {
        clReleaseEvent(pace->event[pace->first]);
        pace->first = (pace->first + 1) % FM_CL_MARKS;
    }
}

/* Waits for the last marker and then calls clFinish. rusticl's clFinish does not wait for flushed
 * commands, so the marker is necessary. Commands after it have not been flushed. */
static int wait_for_all(fm_cl_context *context, fm_error *error) {
    const fm_cl_pace *pace = &context->pace;
    cl_int code = CL_SUCCESS;
    if (pace->count)
        code = clWaitForEvents(1, &pace->event[(pace->first + pace->count - 1) % FM_CL_MARKS]);
    /* Also after an error, because the caller may free memory that commands still use. */
    cl_int finish_code = clFinish(context->queue);
    if (code)
        return fm_cl_fail(error, code, "clWaitForEvents", "queued work");
    return finish_code ? fm_cl_fail(error, finish_code, "clFinish", "the queue") : FM_OK;
}

/* clFinish returns when the last command is done. But a driver thread (PoCL's) may still hold its
 * event, and with it the queue and the device; freeing a sub-device then would crash. So this waits
 * up to 0.1 s until nobody else references the queue. */
static void wait_until_unreferenced(cl_command_queue queue) {
    const struct timespec pause = {.tv_nsec = 100000};
    for (int tries = 0; tries < MAX_PAUSES; tries++) {
        cl_uint holders = 0;
        if (clGetCommandQueueInfo(queue, CL_QUEUE_REFERENCE_COUNT, sizeof holders, &holders,
                                  NULL) ||
            holders <= 1)
            return;
        nanosleep(&pause, NULL);
    }
}

void fm_cl_context_free(fm_cl_context *context) {
    if (!context)
        return;
    if (context->queue)
        wait_for_all(context, NULL);
    drop_markers(&context->pace);
    if (context->queue) {
        wait_until_unreferenced(context->queue);
        clReleaseCommandQueue(context->queue);
    }
    fm_cl_profile_free(context->profile);
    if (context->context)
        clReleaseContext(context->context);
    free(context);
}

int fm_cl_context_profile(fm_cl_context *context, fm_error *error) {
    fm_cl_profile *profile = NULL;
    cl_int code;
    if (context->profile)
        return FM_OK;
    int status = fm_cl_context_finish(context, error);
    if (!status)
        status = fm_cl_profile_create(&profile, error);
    if (status)
        return status;
    /* Profiling can only be enabled when a queue is created. */
    cl_command_queue queue =
        clCreateCommandQueue(context->context, context->device, CL_QUEUE_PROFILING_ENABLE, &code);
    if (code) {
        fm_cl_profile_free(profile);
        return fm_cl_fail(error, code, "clCreateCommandQueue", "the profiling queue");
    }
    wait_until_unreferenced(context->queue);
    clReleaseCommandQueue(context->queue);
    context->queue = queue;
    context->profile = profile;
    return FM_OK;
}

/* Removes the oldest marker from the ring if it has completed; with wait, blocks until it has. */
static int retire(fm_cl_context *context, int wait, int *retired, fm_error *error) {
    fm_cl_pace *pace = &context->pace;
    cl_event event = pace->event[pace->first];
    cl_int state = CL_COMPLETE, code = CL_SUCCESS;
    *retired = 0;
    if (wait) {
        code = clWaitForEvents(1, &event);
        if (code)
            return fm_cl_fail(error, code, "clWaitForEvents", "queued work");
    } else {
        code = clGetEventInfo(event, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof state, &state, NULL);
        if (code)
            return fm_cl_fail(error, code, "clGetEventInfo", "queued work");
    }
    if (state < 0)
        return fm_cl_fail(error, state, "clGetEventInfo", "queued work");
    if (state != CL_COMPLETE)
        return FM_OK;
    pace->done = pace->steps[pace->first];
    pace->first = (pace->first + 1) % FM_CL_MARKS;
    pace->count--;
    *retired = 1;
    clReleaseEvent(event);
    return FM_OK;
}

int fm_cl_context_mark(size_t *queued, fm_cl_context *context, fm_error *error) {
    fm_cl_pace *pace = &context->pace;
    int status = FM_OK, retired = 1;
    pace->marked++;
    while (!status && retired && pace->count)
        status = retire(context, pace->count == FM_CL_MARKS, &retired, error);
    if (!status && pace->launches >= LAUNCHES_PER_MARKER) {
        size_t last = (pace->first + pace->count) % FM_CL_MARKS;
        cl_int code = clEnqueueMarkerWithWaitList(context->queue, 0, NULL, &pace->event[last]);
        if (code)
            return fm_cl_fail(error, code, "clEnqueueMarkerWithWaitList", "a marker");
        pace->steps[last] = pace->marked;
        pace->count++;
        pace->launches = 0;
        code = clFlush(context->queue);
        if (code)
            return fm_cl_fail(error, code, "clFlush", "the queue");
    }
    *queued = pace->marked - pace->done;
    return status;
}

int fm_cl_context_finish(fm_cl_context *context, fm_error *error) {
    int status = wait_for_all(context, error);
    if (status)
        return status;
    /* An older marker that stayed in the ring would later set pace.done back. */
    drop_markers(&context->pace);
    context->pace.done = context->pace.marked;
    return FM_OK;
}
