/* Programs and kernels: the build log reaches the error, and every failing call is reported. */
/* wrap: clGetProgramBuildInfo calloc */
#include <stdlib.h>
#include <string.h>

#include "cl/program.h"
#include "support/check.h"
#include "support/opencl_calls.h"

WRAP(void *, calloc, size_t count, size_t size) {
    return opencl_failure("calloc") ? NULL : __real_calloc(count, size);
}

WRAP(cl_int, clGetProgramBuildInfo, cl_program program, cl_device_id device,
     cl_program_build_info what, size_t size, void *out, size_t *needed) {
    cl_int code = opencl_failure(out ? "the log" : "the log's size");
    if (!out && opencl_failure("an absurd size")) {
        *needed = SIZE_MAX / 2;
        return CL_SUCCESS;
    }
    return code ? code : __real_clGetProgramBuildInfo(program, device, what, size, out, needed);
}

static const char *const good[] = {"#define ONE 1\n",
                                   "kernel void add(global int *x) { x[0] += ONE + TWO; }\n"};
static const char *const bad[] = {"kernel void add(global int *x) { x[0] = no_such_name; }\n"};

static void test_build(void **state) {
    (void)state;
    fm_cl_context *context = opencl_open();
    cl_program program;
    cl_kernel kernel;
    fm_error error = {0};
    assert_int_equal(fm_cl_program_create(&program, context, good, 2, "-DTWO=2", NULL), FM_OK);
    assert_int_equal(fm_cl_kernel_create(&kernel, program, "add", NULL), FM_OK);
    assert_non_null(kernel);
    assert_int_equal(opencl_live, OPENCL_OPEN + 2);
    fm_cl_kernel_free(kernel);

    int status = fm_cl_kernel_create(&kernel, program, "subtract", &error);
    opencl_assert_failed(status, &error, "clCreateKernel", "CL_INVALID_KERNEL_NAME (-46)");
    assert_non_null(strstr(error.what, "subtract"));
    assert_null(kernel);
    opencl_fail("clCreateKernel", 0, CL_OUT_OF_HOST_MEMORY);
    status = fm_cl_kernel_create(&kernel, program, "add", &error);
    opencl_assert_failed(status, &error, "clCreateKernel", "CL_OUT_OF_HOST_MEMORY (-6)");
    assert_null(kernel);

    fm_cl_program_free(program);
    assert_int_equal(opencl_live, OPENCL_OPEN);
    fm_cl_program_free(NULL);
    fm_cl_kernel_free(NULL);
    fm_cl_context_free(context);
}

static void build_bad(const fm_cl_context *context, fm_error *error) {
    cl_program program = (cl_program)(void *)error;
    int status = fm_cl_program_create(&program, context, bad, 1, "", error);
    opencl_assert_failed(status, error, "clBuildProgram", "CL_BUILD_PROGRAM_FAILURE (-11)");
    assert_true(error->hint[0]);
    assert_null(program);
    assert_int_equal(opencl_live, OPENCL_OPEN);
}

static void test_log(void **state) {
    (void)state;
    fm_cl_context *context = opencl_open();
    fm_error error = {0};
    build_bad(context, &error);
    assert_non_null(strstr(error.detail, "no_such_name"));

    /* If the log cannot be read, the build error is still reported. */
    static const char *const calls[] = {"the log", "the log's size", "an absurd size"};
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        opencl_fail(calls[i], 0, CL_OUT_OF_HOST_MEMORY);
        build_bad(context, &error);
        assert_string_equal(error.detail, "");
    }
    opencl_fail("calloc", 0, 1);
    build_bad(context, &error);
    assert_string_equal(error.detail, "");
    fm_cl_context_free(context);
}

static void test_calls_fail(void **state) {
    (void)state;
    static const char *const calls[] = {"clCreateProgramWithSource", "clBuildProgram"};
    fm_cl_context *context = opencl_open();
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        fm_error error = {0};
        cl_program program = (cl_program)(void *)&error;
        opencl_fail(calls[i], 0, CL_OUT_OF_HOST_MEMORY);
        int status = fm_cl_program_create(&program, context, good, 2, "-DTWO=2", &error);
        opencl_assert_failed(status, &error, calls[i], "CL_OUT_OF_HOST_MEMORY (-6)");
        assert_null(program);
        assert_int_equal(opencl_live, OPENCL_OPEN);
    }
    fm_cl_context_free(context);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_build),
        cmocka_unit_test(test_log),
        cmocka_unit_test(test_calls_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
