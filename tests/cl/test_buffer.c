/* Buffers: data is unchanged after a write and a read, and every failing call is reported. */
#include <string.h>

#include "cl/buffer.h"
#include "support/check.h"
#include "support/opencl_calls.h"

enum { BYTES = 1003 }; /* odd, so not a multiple of any vector or page size */

static void test_round_trip(void **state) {
    (void)state;
    fm_cl_context *context = opencl_open();
    unsigned char out[BYTES], in[BYTES], zero[BYTES] = {0};
    cl_mem buffer;
    for (size_t i = 0; i < BYTES; i++)
        in[i] = (unsigned char)(i * 7 + 1);
    assert_int_equal(fm_cl_buffer_create(&buffer, context, BYTES, NULL), FM_OK);
    memset(out, 255, sizeof out);
    assert_int_equal(fm_cl_buffer_read(out, buffer, context, 0, BYTES, NULL), FM_OK);
    assert_memory_equal(out, zero, BYTES);

    assert_int_equal(fm_cl_buffer_write(buffer, context, in, 0, BYTES, NULL), FM_OK);
    assert_int_equal(fm_cl_buffer_write(buffer, context, zero, 5, 10, NULL), FM_OK);
    assert_int_equal(fm_cl_buffer_read(out, buffer, context, 0, BYTES, NULL), FM_OK);
    memset(in + 5, 0, 10);
    assert_memory_equal(out, in, BYTES);
    assert_int_equal(fm_cl_buffer_read(out, buffer, context, BYTES - 9, 9, NULL), FM_OK);
    assert_memory_equal(out, in + BYTES - 9, 9);
    fm_cl_buffer_free(buffer);
    fm_cl_buffer_free(NULL);
    assert_int_equal(opencl_live, OPENCL_OPEN);
    fm_cl_context_free(context);
}

static void test_wrap(void **state) {
    (void)state;
    fm_cl_context *context = opencl_open();
    unsigned char out[BYTES], in[BYTES];
    for (size_t i = 0; i < BYTES; i++)
        in[i] = (unsigned char)(i * 3);
    int shares = context->shares_memory;
    for (int pass = 0; pass < 2; pass++) {
        cl_mem buffer;
        /* The second pass tests the copy, as for a device with separate memory. */
        context->shares_memory = pass == 0 ? shares : 0;
        assert_int_equal(fm_cl_buffer_wrap(&buffer, context, in, BYTES, NULL), FM_OK);
        assert_int_equal(fm_cl_buffer_read(out, buffer, context, 0, BYTES, NULL), FM_OK);
        assert_memory_equal(out, in, BYTES);
        fm_cl_buffer_free(buffer);
    }
    assert_int_equal(opencl_live, OPENCL_OPEN);
    fm_cl_context_free(context);
}

static void test_sizes(void **state) {
    (void)state;
    static const size_t sizes[] = {0, SIZE_MAX / 2};
    fm_cl_context *context = opencl_open();
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        fm_error error = {0};
        cl_mem buffer = (cl_mem)(void *)&error;
        assert_int_equal(fm_cl_buffer_create(&buffer, context, sizes[i], &error), FM_E_OPENCL);
        assert_null(buffer);
        assert_non_null(strstr(error.why, "clCreateBuffer: CL_"));
        assert_string_equal(error.hint, "a smaller batch or network needs less memory");
        assert_int_equal(opencl_live, OPENCL_OPEN);
    }
    fm_cl_context_free(context);
}

static void test_create_fails(void **state) {
    (void)state;
    static const char *const calls[] = {"clCreateBuffer", "clEnqueueFillBuffer", "clCreateBuffer"};
    fm_cl_context *context = opencl_open();
    for (int i = 0; i < 3; i++) {
        fm_error error = {0};
        unsigned char host[16] = {0};
        cl_mem buffer = (cl_mem)(void *)&error;
        opencl_fail(calls[i], 0, CL_MEM_OBJECT_ALLOCATION_FAILURE);
        int status = i < 2 ? fm_cl_buffer_create(&buffer, context, 16, &error)
                           : fm_cl_buffer_wrap(&buffer, context, host, 16, &error);
        opencl_assert_failed(status, &error, calls[i], "CL_MEM_OBJECT_ALLOCATION_FAILURE (-4)");
        assert_string_equal(error.what, "16 bytes of device memory");
        assert_true(error.hint[0]);
        assert_null(buffer);
        assert_int_equal(opencl_live, OPENCL_OPEN);
    }
    fm_cl_context_free(context);
}

/* The device is lost during a blocking transfer. */
static void test_transfer_fails(void **state) {
    (void)state;
    fm_cl_context *context = opencl_open();
    fm_error error = {0};
    unsigned char host[16] = {0};
    cl_mem buffer;
    assert_int_equal(fm_cl_buffer_create(&buffer, context, 16, NULL), FM_OK);
    opencl_fail("clEnqueueReadBuffer", 0, CL_OUT_OF_RESOURCES);
    int status = fm_cl_buffer_read(host, buffer, context, 0, 16, &error);
    opencl_assert_failed(status, &error, "clEnqueueReadBuffer", "CL_OUT_OF_RESOURCES (-5)");
    opencl_fail("clEnqueueWriteBuffer", 0, CL_OUT_OF_RESOURCES);
    status = fm_cl_buffer_write(buffer, context, host, 0, 16, &error);
    opencl_assert_failed(status, &error, "clEnqueueWriteBuffer", "CL_OUT_OF_RESOURCES (-5)");
    /* Out of range: the driver's error is reported. */
    status = fm_cl_buffer_read(host, buffer, context, 8, 16, &error);
    opencl_assert_failed(status, &error, "clEnqueueReadBuffer", "CL_INVALID_VALUE (-30)");
    fm_cl_buffer_free(buffer);
    assert_int_equal(opencl_live, OPENCL_OPEN);
    fm_cl_context_free(context);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),     cmocka_unit_test(test_wrap),
        cmocka_unit_test(test_sizes),          cmocka_unit_test(test_create_fails),
        cmocka_unit_test(test_transfer_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
