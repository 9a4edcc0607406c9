/* A whole training in which one thing fails: each allocation, each OpenCL call, each CLBlast
 * product. The failure is reported correctly, nothing leaks, and the device can be used again. */
/* wrap: calloc free CLBlastSgemm */
#include <stdlib.h>
#include <string.h>
#ifdef FM_WITH_CLBLAST
#include <clblast_c.h>
#endif

#include "backend/device.h"
#include "support/check.h"
#include "support/opencl_calls.h"
#include "support/trainings.h"

/* ---- The library's memory ---- */

enum { MOST_BLOCKS = 4096 };
static const void *blocks[MOST_BLOCKS];
static size_t block_count;

WRAP(void *, calloc, size_t count, size_t size) {
    void *memory = opencl_failure("calloc") ? NULL : __real_calloc(count, size);
    if (memory) {
        assert_in_range(block_count, 0, MOST_BLOCKS - 1);
        blocks[block_count++] = memory;
    }
    return memory;
}

/* free() also gets memory that the C library allocated; it is not counted. */
WRAP(void, free, void *memory) {
    for (size_t i = block_count; memory && i-- > 0;)
        if (blocks[i] == memory) {
            blocks[i] = blocks[--block_count];
            break;
        }
    __real_free(memory);
}

#ifdef FM_WITH_CLBLAST
WRAP(CLBlastStatusCode, CLBlastSgemm, CLBlastLayout layout, CLBlastTranspose turn_a,
     CLBlastTranspose turn_b, size_t m, size_t n, size_t k, float alpha, cl_mem a, size_t a_offset,
     size_t a_stride, cl_mem b, size_t b_offset, size_t b_stride, float beta, cl_mem c,
     size_t c_offset, size_t c_stride, cl_command_queue *queue, cl_event *event) {
    cl_int code = opencl_failure("CLBlastSgemm");
    return code ? (CLBlastStatusCode)code
                : __real_CLBlastSgemm(layout, turn_a, turn_b, m, n, k, alpha, a, a_offset, a_stride,
                                      b, b_offset, b_stride, beta, c, c_offset, c_stride, queue,
                                      event);
}
#endif

/* ---- The training ---- */

/* 16 steps of two or more launches: one epoch queues a marker, the next one queries it. */
enum { IMAGES = 80, BATCH = 4 };
static fm_images images; /* the first of train_images */
static float logits[IMAGES * FM_CLASSES];

/* A PReLU network: more operations than any other takes. */
static int create_weights(fm_weights **out, fm_error *error) {
    const fm_architecture a = {
        .inputs = TRAIN_PIXELS,
        .outputs = FM_CLASSES,
        .hidden = {17},
        .hidden_count = 1,
        .activation = FM_PRELU,
    };
    int status = fm_weights_create(out, &a, error);
    if (!status)
        fm_weights_randomize(*out, 1);
    return status;
}

static int train_weights(fm_weights *weights, fm_device *device, size_t epochs,
                         const fm_observer *observer, fm_error *error) {
    fm_train_result result;
    fm_train_options options;
    fm_train_options_init(&options);
    options.epochs = epochs;
    options.batch_size = BATCH;
    return fm_train(&result, weights, device, &images, &options, observer, error);
}

static int train_and_predict(fm_device *device, size_t epochs, fm_error *error) {
    fm_weights *weights = NULL;
    fm_network *network = NULL;
    int status = create_weights(&weights, error);
    if (!status)
        status = train_weights(weights, device, epochs, NULL, error);
    if (!status)
        status = fm_network_create(&network, device, weights, IMAGES, NULL, error);
    if (!status)
        status = fm_network_predict(logits, network, &images, error);
    if (!status)
        status = fm_backend_finish(fm_device_backend(device), error);
    fm_network_free(network);
    fm_weights_free(weights);
    return status;
}

/* After a first training, whose workspace stays on the device. */
static fm_device *open_used_device(const char *wanted, enum fm_gemm gemm) {
    fm_error error = {0};
    fm_device *device = open_device(wanted, gemm);
    CHECK_OK(train_and_predict(device, 1, &error), &error);
    return device;
}

static void check_nothing_leaks(size_t block_count_before, int opencl_live_before) {
    assert_int_equal(block_count, block_count_before);
    assert_int_equal(opencl_live, opencl_live_before);
}

/* ---- Each call fails ---- */

typedef struct fault {
    const char *call;
    cl_int code;
    const char *why;      /* the reported reason */
    const char *reported; /* the reported call, if it is another one */
    size_t epochs;        /* to train */
    int running;          /* events never seem to be complete */
} fault;

#define RESOURCES CL_OUT_OF_RESOURCES, "CL_OUT_OF_RESOURCES (-5)"
#define MEMORY    CL_MEM_OBJECT_ALLOCATION_FAILURE, "CL_MEM_OBJECT_ALLOCATION_FAILURE (-4)"
#define HOST      CL_OUT_OF_HOST_MEMORY, "CL_OUT_OF_HOST_MEMORY (-6)"
static const fault no_memory = {"calloc", 1, "no memory", NULL, 1, 0};

static void check_failed(int status, const fm_error *error, const fault *f) {
    if (f != &no_memory) {
        opencl_assert_failed(status, error, f->reported ? f->reported : f->call, f->why);
        return;
    }
    assert_int_equal(status, FM_E_MEMORY);
    assert_int_equal(error->status, FM_E_MEMORY);
    assert_true(error->what[0]);
    assert_memory_equal(error->why, f->why, strlen(f->why));
}

static void opening_fails(const char *wanted, const fault *f) {
    int failed = 1, number = 0;
    for (; failed; number++) {
        fm_error error = {0};
        fm_device *device = NULL;
        opencl_fail(f->call, number, f->code);
        int status = try_open_device(&device, wanted, FM_GEMM_AUTO, &error);
        failed = opencl_failed();
        if (failed)
            check_failed(status, &error, f);
        assert_true(failed == (device == NULL));
        opencl_fail(NULL, 0, 0);
        fm_device_close(device);
        check_nothing_leaks(0, 0);
    }
    assert_true(number > 1); /* it was called */
}

static void training_fails(fm_device *device, const fault *f) {
    const size_t blocks_before = block_count;
    const int live_before = opencl_live;
    int failed = 1, number = 0, tolerated = 0;
    for (; failed; number++) {
        fm_error error = {0};
        opencl_always_running = f->running;
        opencl_fail(f->call, number, f->code);
        int status = train_and_predict(device, f->epochs, &error);
        opencl_always_running = 0;
        failed = opencl_failed();
        tolerated += failed && f->running && !status;
        if (failed && (status || !f->running))
            check_failed(status, &error, f);
        else
            CHECK_OK(status, &error);
        opencl_fail(NULL, 0, 0);
        CHECK_OK(fm_backend_finish(fm_device_backend(device), &error),
                 &error); /* drops the markers */
        check_nothing_leaks(blocks_before, live_before);
    }
    /* A wait before the samples are freed, whose failure is ignored. */
    assert_in_range(tolerated, 0, 1);
    assert_true(number > 1 + tolerated); /* it was called */
}

static void test_no_memory(void **state) {
    (void)state;
    static const char *const devices[] = {NULL, "reference"};
    for (size_t i = 0; i < 2; i++) {
        opening_fails(devices[i], &no_memory);
        fm_device *device = open_used_device(devices[i], FM_GEMM_AUTO);
        training_fails(device, &no_memory);
        fm_device_close(device);
        check_nothing_leaks(0, 0);
    }
}

static void test_opening_fails(void **state) {
    (void)state;
    static const fault faults[] = {
        {"clCreateContext", CL_DEVICE_NOT_AVAILABLE, "CL_DEVICE_NOT_AVAILABLE (-2)", NULL, 0, 0},
        {"clCreateCommandQueue", HOST, NULL, 0, 0},
        {"clCreateProgramWithSource", HOST, NULL, 0, 0},
        {"clBuildProgram", CL_BUILD_PROGRAM_FAILURE, "CL_BUILD_PROGRAM_FAILURE (-11)", NULL, 0, 0},
    };
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        opening_fails(NULL, &faults[i]);
}

static void test_training_fails(void **state) {
    (void)state;
    static const fault faults[] = {
        {"clCreateKernel", RESOURCES, NULL, 1, 0},
        {"clCreateBuffer", MEMORY, NULL, 1, 0},
        {"clEnqueueFillBuffer", MEMORY, NULL, 1, 0},
        {"clEnqueueWriteBuffer", RESOURCES, NULL, 1, 0},
        {"clEnqueueReadBuffer", RESOURCES, NULL, 1, 0},
        {"clSetKernelArg", RESOURCES, NULL, 1, 0},
        {"clEnqueueNDRangeKernel", RESOURCES, NULL, 1, 0},
        {"clEnqueueMarkerWithWaitList", RESOURCES, NULL, 1, 0},
        {"clFlush", RESOURCES, NULL, 1, 0},
        {"clGetEventInfo", RESOURCES, NULL, 1, 0},
        {"the state of an event", RESOURCES, "clGetEventInfo", 1, 0},
        /* The host waits only for a full ring of markers. */
        {"clWaitForEvents", RESOURCES, NULL, 5, 1},
    };
    fm_device *device = open_used_device(NULL, FM_GEMM_AUTO);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        training_fails(device, &faults[i]);
    fm_device_close(device);
    check_nothing_leaks(0, 0);
}

/* Closing the device, which also waits, does not fail. */
static void test_finish_fails(void **state) {
    (void)state;
    fm_error error = {0};
    fm_device *device = open_used_device(NULL, FM_GEMM_AUTO);
    opencl_lose("clFinish", 0, CL_OUT_OF_RESOURCES);
    int status = fm_backend_finish(fm_device_backend(device), &error);
    opencl_assert_failed(status, &error, "clFinish", "CL_OUT_OF_RESOURCES (-5)");
    fm_device_close(device);
    opencl_fail(NULL, 0, 0);
    check_nothing_leaks(0, 0);
}

/* After an interrupt, the weights cannot be read: status and error report this failure. */
static int stop(void *user, const fm_progress *progress) {
    (void)progress;
    opencl_fail("clEnqueueReadBuffer", 0, CL_OUT_OF_RESOURCES);
    return ++*(int *)user;
}

static void test_interrupted_and_lost(void **state) {
    (void)state;
    int calls = 0;
    fm_error error = {0};
    fm_weights *weights = NULL;
    const fm_observer observer = {.user = &calls, .progress = stop};
    fm_device *device = open_device(NULL, FM_GEMM_AUTO);
    CHECK_OK(create_weights(&weights, &error), &error);
    int status = train_weights(weights, device, 1, &observer, &error);
    opencl_assert_failed(status, &error, "clEnqueueReadBuffer", "CL_OUT_OF_RESOURCES (-5)");
    assert_int_equal(calls, 1);
    fm_weights_free(weights);
    fm_device_close(device);
    check_nothing_leaks(0, 0);
}

#ifdef FM_WITH_CLBLAST
static void test_clblast_fails(void **state) {
    (void)state;
    static const fault faults[] = {
        {"CLBlastSgemm", RESOURCES, NULL, 1, 0},
        {"CLBlastSgemm", CLBlastInsufficientMemoryC, "status -1009", NULL, 1, 0},
        {"CLBlastSgemm", CLBlastNotImplemented, "status -1024", NULL, 1, 0},
        {"CLBlastSgemm", CLBlastInvalidLocalMemUsage, "status -2046", NULL, 1, 0},
    };
    fm_device *device = open_used_device(NULL, FM_GEMM_CLBLAST);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        training_fails(device, &faults[i]);
    fm_device_close(device);
    check_nothing_leaks(0, 0);
}
#endif

/* The tests open devices of their own. */
static int draw_images(void **state) {
    trainings_set_up(state);
    images = train_images;
    images.count = IMAGES;
    return trainings_tear_down(state);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_opening_fails),
        cmocka_unit_test(test_training_fails),
        cmocka_unit_test(test_finish_fails),
        cmocka_unit_test(test_interrupted_and_lost),
#ifdef FM_WITH_CLBLAST
        cmocka_unit_test(test_clblast_fails),
#endif
    };
    return cmocka_run_group_tests(tests, draw_images, NULL);
}
