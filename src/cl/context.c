#include "cl/context.h"

#include <stdlib.h>
#include <time.h>

#include "base/memory.h"
#include "cl/error_code.h"

/* So many launches lie between two markers. With FM_CL_MARKS of them the queue holds at most a few
 * hundred: enough to keep any device busy while the host sleeps, few enough to cost no memory. */
enum { LAUNCHES_PER_MARKER = 32 };

/* A tenth of a second in all, and a little. */
enum { MOST_PAUSES = 1000 };

static int ask(void *out, size_t size, cl_device_id device, cl_device_info what, const char *name,
               fm_error *error) {
    cl_int code = clGetDeviceInfo(device, what, size, out, NULL);
    return code ? fm_cl_fail(error, code, "clGetDeviceInfo", "%s", name) : FM_OK;
}

/* The type and these choose the kernels, and other kernels give other bits: so a device that does
 * not answer is not used, rather than in another way than the last time. */
static int ask_limits(fm_cl_context *self, cl_device_type *type, fm_error *error) {
    cl_device_id device = self->device;
    cl_uint units = 0, width = 0;
    cl_ulong local = 0;
    size_t items = 0;
    int status = ask(type, sizeof *type, device, CL_DEVICE_TYPE, "the device's type", error);
    if (!status)
        status = ask(&units, sizeof units, device, CL_DEVICE_MAX_COMPUTE_UNITS,
                     "the device's compute units", error);
    if (!status)
        status = ask(&width, sizeof width, device, CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT,
                     "the device's vectors", error);
    if (!status)
        status = ask(&items, sizeof items, device, CL_DEVICE_MAX_WORK_GROUP_SIZE,
                     "the device's work-groups", error);
    if (!status)
        status = ask(&local, sizeof local, device, CL_DEVICE_LOCAL_MEM_SIZE,
                     "the device's local memory", error);
    self->compute_units = units ? units : 1;
    self->vector_width = width ? width : 1;
    self->group_items = items;
    self->local_bytes = (size_t)local;
    return status;
}

/* A CPU has no local memory: its driver gives groups ordinary memory, and as its size that of a
 * cache (PoCL the second's) or what it thinks is at hand in one (Intel's). The cache of global
 * memory may be one that all units share (PoCL: the last). A device that does not answer tells of
 * none: the size decides how fast it computes, never what. */
static size_t nearest_cache(const fm_cl_context *self) {
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
    int status = fm_memory_allocate(&self, 1, sizeof *self, "an OpenCL context", error);
    if (status)
        return status;
    self->device = device;
    cl_bool shares = CL_FALSE;
    cl_device_type type = 0;
    status = ask_limits(self, &type, error);
    if (status)
        goto out;
    self->cache_bytes = nearest_cache(self);
    /* A device that does not answer is taken for one with memory of its own: that is always right.
     */
    if (!clGetDeviceInfo(device, CL_DEVICE_HOST_UNIFIED_MEMORY, sizeof shares, &shares, NULL))
        self->shares_memory = shares && (type & CL_DEVICE_TYPE_CPU);
    /* What is a GPU as well counts as one, as in the list of devices. */
    int is_cpu = (type & CL_DEVICE_TYPE_CPU) && !(type & CL_DEVICE_TYPE_GPU);
    self->lone_items = (is_cpu && self->vector_width > 1) || self->group_items < FM_CL_LEAST_GROUP;
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

/* Some drivers' clFinish (rusticl's) waits for what was not yet flushed alone. A marker is the last
 * thing that is flushed. */
static int wait_for_all(fm_cl_context *context, fm_error *error) {
    const fm_cl_pace *pace = &context->pace;
    cl_int code = CL_SUCCESS;
    if (pace->count)
        code = clWaitForEvents(1, &pace->event[(pace->first + pace->count - 1) % FM_CL_MARKS]);
    cl_int finish_code = clFinish(context->queue); /* in any case: memory may be about to go */
    if (code)
        return fm_cl_fail(error, code, "clWaitForEvents", "queued work");
    return finish_code ? fm_cl_fail(error, finish_code, "clFinish", "the queue") : FM_OK;
}

/* clFinish returns when the last command is done, but a thread of the driver (PoCL's) may still
 * hold its event, and by it the queue, and use the device, which is about to be freed when it is a
 * part of one. So wait, though not for ever, until nobody else holds the queue. */
static void wait_until_alone(cl_command_queue queue) {
    const struct timespec pause = {.tv_nsec = 100000};
    for (int tries = 0; tries < MOST_PAUSES; tries++) {
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
        wait_until_alone(context->queue);
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
    /* A queue is told when it is made. */
    cl_command_queue queue =
        clCreateCommandQueue(context->context, context->device, CL_QUEUE_PROFILING_ENABLE, &code);
    if (code) {
        fm_cl_profile_free(profile);
        return fm_cl_fail(error, code, "clCreateCommandQueue", "a queue that takes times");
    }
    wait_until_alone(context->queue);
    clReleaseCommandQueue(context->queue);
    context->queue = queue;
    context->profile = profile;
    return FM_OK;
}

/* Takes the oldest marker out of the ring, once it is done. */
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
            return fm_cl_fail(error, code, "clEnqueueMarkerWithWaitList", "the end of a step");
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
    /* Left in the ring, an older marker would later take back what is known to be done. */
    drop_markers(&context->pace);
    context->pace.done = context->pace.marked;
    return FM_OK;
}
