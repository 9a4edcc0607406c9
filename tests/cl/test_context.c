/* Contexts and queues: every call fails once without leaks; the queue stays bounded. */
/* wrap: clGetDeviceInfo calloc */
#include <stdlib.h>

#include "cl/buffer.h"
#include "cl/sub_device.h"
#include "support/check.h"
#include "support/opencl_calls.h"

enum { MANY_LAUNCHES = 100000 }; /* more launches than between two markers */

WRAP(void *, calloc, size_t count, size_t size) {
    return opencl_failure("calloc") ? NULL : __real_calloc(count, size);
}

/* If not 0: the device type to report, with this maximum work-group size and vector width. */
static cl_device_type pretended_type;
static size_t pretended_items;
static cl_uint pretended_width;

/* If type is set: what the device reports of its caches. */
static struct {
    cl_device_local_mem_type type;
    cl_ulong local, cache;
} pretended_memory;

static const char *call_name(cl_device_info what) {
    switch (what) {
    case CL_DEVICE_HOST_UNIFIED_MEMORY:
        return "unified memory";
    case CL_DEVICE_GLOBAL_MEM_CACHE_SIZE:
        return "cache";
    case CL_DEVICE_LOCAL_MEM_TYPE:
        return "local memory's type";
    default:
        return "clGetDeviceInfo";
    }
}

WRAP(cl_int, clGetDeviceInfo, cl_device_id device, cl_device_info what, size_t size, void *out,
     size_t *needed) {
    cl_int code = opencl_failure(call_name(what));
    if (!code)
        code = __real_clGetDeviceInfo(device, what, size, out, needed);
    if (pretended_type && what == CL_DEVICE_TYPE)
        *(cl_device_type *)out = pretended_type;
    if (pretended_type && what == CL_DEVICE_MAX_WORK_GROUP_SIZE)
        *(size_t *)out = pretended_items;
    if (pretended_type && what == CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT)
        *(cl_uint *)out = pretended_width;
    if (pretended_memory.type && what == CL_DEVICE_LOCAL_MEM_TYPE)
        *(cl_device_local_mem_type *)out = pretended_memory.type;
    if (pretended_memory.type && what == CL_DEVICE_LOCAL_MEM_SIZE)
        *(cl_ulong *)out = pretended_memory.local;
    if (pretended_memory.type && what == CL_DEVICE_GLOBAL_MEM_CACHE_SIZE)
        *(cl_ulong *)out = pretended_memory.cache;
    return code;
}

static void test_create_fails(void **state) {
    (void)state;
    cl_device_id device = opencl_first_device();
    static const char *const calls[] = {"clGetDeviceInfo", "clCreateContext",
                                        "clCreateCommandQueue"};
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        fm_error error = {0};
        fm_cl_context *context = (fm_cl_context *)&error;
        opencl_fail(calls[i], 0, CL_DEVICE_NOT_AVAILABLE);
        int status = fm_cl_context_create(&context, device, &error);
        opencl_assert_failed(status, &error, calls[i], "CL_DEVICE_NOT_AVAILABLE (-2)");
        assert_true(error.hint[0]);
        assert_null(context);
        assert_int_equal(opencl_live, 0);
    }
    fm_cl_context *context = (fm_cl_context *)&device;
    opencl_fail("calloc", 0, 1);
    assert_int_equal(fm_cl_context_create(&context, device, NULL), FM_E_MEMORY);
    assert_null(context);
}

/* If the device does not tell whether it shares host memory, it counts as not sharing. */
static void test_unified_memory_unknown(void **state) {
    (void)state;
    fm_cl_context *context;
    cl_device_id device = opencl_first_device();
    opencl_fail("unified memory", 0, CL_INVALID_VALUE);
    assert_int_equal(fm_cl_context_create(&context, device, NULL), FM_OK);
    assert_true(opencl_failed());
    assert_false(context->shares_memory);
    fm_cl_context_free(context);
}

/* Work-groups of more than one item need a GPU, or a CPU that vectorizes across work-items, and a
 * large enough maximum work-group size. */
static void test_group_size(void **state) {
    (void)state;
    static const struct {
        cl_device_type type;
        size_t items;
        cl_uint width;
        int size_1;
    } cases[] = {
        {CL_DEVICE_TYPE_CPU, 4096, 8, 1},        {CL_DEVICE_TYPE_CPU, 1024, 1, 0},
        {CL_DEVICE_TYPE_CPU, 1, 1, 1},           {CL_DEVICE_TYPE_GPU, 256, 4, 0},
        {CL_DEVICE_TYPE_GPU, 1024, 1, 0},        {CL_DEVICE_TYPE_GPU, 255, 1, 1},
        {CL_DEVICE_TYPE_ACCELERATOR, 256, 1, 0}, {CL_DEVICE_TYPE_ACCELERATOR, 1, 1, 1},
        {CL_DEVICE_TYPE_ALL, 1024, 1, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cl_device_id device = opencl_first_device();
        fm_cl_context *context;
        pretended_type = cases[i].type;
        pretended_items = cases[i].items;
        pretended_width = cases[i].width;
        int status = fm_cl_context_create(&context, device, NULL);
        pretended_type = 0;
        assert_int_equal(status, FM_OK);
        assert_int_equal(context->single_item_groups, cases[i].size_1);
        fm_cl_context_free(context);
    }
}

/* Local memory counts as a cache only if it lies in global memory. */
static void test_unit_cache_bytes(void **state) {
    (void)state;
    static const struct {
        cl_device_local_mem_type type;
        cl_ulong local, cache, expected;
    } cases[] = {
        {CL_GLOBAL, 512 << 10, 32 << 20, 512 << 10},                               /* PoCL */
        {CL_GLOBAL, 256 << 10, 512 << 10, 256 << 10},                              /* Intel */
        {CL_GLOBAL, 4 << 20, 1 << 20, 1 << 20},       {CL_GLOBAL, 32 << 10, 0, 0}, /* llvmpipe */
        {CL_LOCAL, 48 << 10, 50 << 20, 50 << 20},                                  /* a GPU */
    };
    static const char *const calls[] = {"cache", "local memory's type"};
    fm_cl_context *context;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        pretended_memory.type = cases[i].type;
        pretended_memory.local = cases[i].local;
        pretended_memory.cache = cases[i].cache;
        context = opencl_open();
        assert_int_equal(context->cache_bytes, cases[i].expected);
        fm_cl_context_free(context);
    }
    pretended_memory.type = CL_GLOBAL;
    pretended_memory.local = 1 << 10;
    pretended_memory.cache = 1 << 20;
    for (size_t i = 0; i < 2; i++) {
        opencl_fail(calls[i], 0, CL_INVALID_VALUE);
        context = opencl_open();
        assert_true(opencl_failed());
        assert_int_equal(context->cache_bytes, 0);
        fm_cl_context_free(context);
    }
    pretended_memory.type = 0;
}

/* When a sub-device is freed, the driver's threads must no longer use it. */
static void test_sub_devices_come_and_go(void **state) {
    (void)state;
    cl_device_id whole = opencl_first_device(), half;
    if (fm_cl_sub_device_create(&half, whole, 0, 2, NULL))
        skip(); /* only one compute unit, or no sub-devices */
    fm_cl_sub_device_free(half);
    for (size_t i = 0; i < 8000; i++) {
        fm_error error = {0};
        fm_cl_context *context;
        cl_mem buffer;
        char bytes[100] = {0};
        assert_int_equal(fm_cl_sub_device_create(&half, whole, i % 2, 2, &error), FM_OK);
        assert_int_equal(fm_cl_context_create(&context, half, &error), FM_OK);
        assert_int_equal(fm_cl_buffer_create(&buffer, context, sizeof bytes, &error), FM_OK);
        assert_int_equal(fm_cl_buffer_read(bytes, buffer, context, 0, sizeof bytes, &error), FM_OK);
        fm_cl_buffer_free(buffer);
        fm_cl_context_free(context);
        fm_cl_sub_device_free(half);
    }
    assert_int_equal(opencl_live, 0);
}

static void test_finish_fails(void **state) {
    (void)state;
    fm_error error = {0};
    fm_cl_context *context = opencl_open();
    opencl_fail("clFinish", 0, CL_OUT_OF_RESOURCES);
    int status = fm_cl_context_finish(context, &error);
    opencl_assert_failed(status, &error, "clFinish", "CL_OUT_OF_RESOURCES (-5)");
    fm_cl_context_free(context);
    assert_int_equal(opencl_live, 0);
}

/* Marks one step with enough launches to place a marker. */
static int mark(size_t *queued, fm_cl_context *context, fm_error *error) {
    context->pace.launches = MANY_LAUNCHES;
    return fm_cl_context_mark(queued, context, error);
}

/* Finish must also wait for flushed commands, by their marker: some drivers' clFinish does not. */
static void test_finish_after_flush(void **state) {
    (void)state;
    enum { BYTES = 64 << 20 }; /* large enough to keep any device busy for a while */
    fm_error error = {0};
    fm_cl_context *context = opencl_open();
    cl_mem buffer;
    cl_int reached = CL_QUEUED;
    size_t queued;
    assert_int_equal(fm_cl_buffer_create(&buffer, context, BYTES, NULL), FM_OK);
    opencl_always_running = 1; /* so that the markers stay in the ring */
    for (int step = 0; step < FM_CL_MARKS - 1; step++) {
        assert_int_equal(clEnqueueFillBuffer(context->queue, buffer, &step, sizeof step, 0, BYTES,
                                             0, NULL, NULL),
                         CL_SUCCESS);
        assert_int_equal(mark(&queued, context, NULL), FM_OK);
    }
    opencl_always_running = 0;
    cl_event last = context->pace.event[FM_CL_MARKS - 2];
    assert_int_equal(clRetainEvent(last), CL_SUCCESS);
    opencl_live++;
    assert_int_equal(fm_cl_context_finish(context, &error), FM_OK);
    assert_int_equal(
        clGetEventInfo(last, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof reached, &reached, NULL),
        CL_SUCCESS);
    assert_int_equal(reached, CL_COMPLETE);
    clReleaseEvent(last);
    assert_int_equal(mark(&queued, context, NULL), FM_OK);
    opencl_fail("clWaitForEvents", 0, CL_OUT_OF_RESOURCES);
    int status = fm_cl_context_finish(context, &error);
    opencl_assert_failed(status, &error, "clWaitForEvents", "CL_OUT_OF_RESOURCES (-5)");
    fm_cl_buffer_free(buffer);
    fm_cl_context_free(context);
    assert_int_equal(opencl_live, 0);
}

static void test_mark(void **state) {
    (void)state;
    fm_cl_context *context = opencl_open();
    size_t queued = 99;
    for (int running = 0; running < 2; running++) {
        opencl_always_running = running;
        for (size_t step = 1; step <= 50; step++) {
            assert_int_equal(mark(&queued, context, NULL), FM_OK);
            /* Here every step gets a marker, and the ring bounds the number of markers. */
            assert_in_range(queued, 0, FM_CL_MARKS + 1);
            assert_in_range(opencl_live - OPENCL_OPEN, 0, FM_CL_MARKS);
        }
    }
    assert_true(queued > 0);
    opencl_always_running = 0;
    fm_cl_context_free(context); /* with markers still in the queue */
    assert_int_equal(opencl_live, 0);
}

/* After a finish, an older marker must not set the count of finished steps back. */
static void test_mark_after_finish(void **state) {
    (void)state;
    fm_cl_context *context = opencl_open();
    size_t queued = 99;
    opencl_always_running = 1; /* so that the marker stays in the ring */
    assert_int_equal(mark(&queued, context, NULL), FM_OK);
    for (int step = 0; step < 5; step++)
        assert_int_equal(fm_cl_context_mark(&queued, context, NULL), FM_OK);
    assert_int_equal(queued, 6);
    assert_int_equal(fm_cl_context_finish(context, NULL), FM_OK);
    opencl_always_running = 0;
    assert_int_equal(fm_cl_context_mark(&queued, context, NULL), FM_OK);
    assert_int_equal(queued, 1);
    fm_cl_context_free(context);
}

static void test_mark_fails(void **state) {
    (void)state;
    static const struct {
        const char *call;
        cl_int code;
        const char *reported, *why;
    } cases[] = {
        {"clEnqueueMarkerWithWaitList", CL_OUT_OF_HOST_MEMORY, "clEnqueueMarkerWithWaitList",
         "CL_OUT_OF_HOST_MEMORY (-6)"},
        {"clFlush", CL_INVALID_COMMAND_QUEUE, "clFlush", "CL_INVALID_COMMAND_QUEUE (-36)"},
        {"clGetEventInfo", CL_OUT_OF_RESOURCES, "clGetEventInfo", "CL_OUT_OF_RESOURCES (-5)"},
        {"the state of an event", CL_OUT_OF_RESOURCES, "clGetEventInfo",
         "CL_OUT_OF_RESOURCES (-5)"},
        {"clWaitForEvents", CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST, "clWaitForEvents",
         "CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST (-14)"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        fm_error error = {0};
        fm_cl_context *context = opencl_open();
        size_t queued;
        int status = FM_OK;
        /* The host waits only when the ring is full. */
        opencl_always_running = i == 4;
        opencl_fail(cases[i].call, 0, cases[i].code);
        for (int step = 0; step < 20 && !status; step++)
            status = mark(&queued, context, &error);
        opencl_always_running = 0;
        opencl_assert_failed(status, &error, cases[i].reported, cases[i].why);
        fm_cl_context_free(context);
        assert_int_equal(opencl_live, 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_create_fails),
        cmocka_unit_test(test_unified_memory_unknown),
        cmocka_unit_test(test_group_size),
        cmocka_unit_test(test_unit_cache_bytes),
        cmocka_unit_test(test_sub_devices_come_and_go),
        cmocka_unit_test(test_finish_fails),
        cmocka_unit_test(test_finish_after_flush),
        cmocka_unit_test(test_mark),
        cmocka_unit_test(test_mark_after_finish),
        cmocka_unit_test(test_mark_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
