/* Names of OpenCL errors, and errors for failed calls. */
#include <string.h>

#include "cl/error_code.h"
#include "support/check.h"

static void test_names(void **state) {
    (void)state;
    assert_string_equal(fm_cl_error_name(0), "CL_SUCCESS");
    assert_string_equal(fm_cl_error_name(-5), "CL_OUT_OF_RESOURCES");
    assert_string_equal(fm_cl_error_name(-68), "CL_INVALID_DEVICE_PARTITION_COUNT");
    assert_string_equal(fm_cl_error_name(-1001), "CL_PLATFORM_NOT_FOUND_KHR");
    /* Exactly the codes of OpenCL 1.2 have a name, each its own. */
    for (cl_int code = 0; code >= -68; code--) {
        int known = code >= -19 || code <= -30;
        assert_int_equal(strncmp(fm_cl_error_name(code), "CL_", 3) == 0, known);
        for (cl_int other = 0; known && other > code; other--)
            assert_string_not_equal(fm_cl_error_name(code), fm_cl_error_name(other));
    }
    assert_string_equal(fm_cl_error_name(1), "unknown error");
    assert_string_equal(fm_cl_error_name(-69), "unknown error");
    assert_string_equal(fm_cl_error_name(-9999), "unknown error");
}

static void test_fail(void **state) {
    (void)state;
    fm_error error = {0};
    assert_int_equal(fm_cl_fail(&error, CL_MEM_OBJECT_ALLOCATION_FAILURE, "clCreateBuffer",
                                "a buffer of %d bytes", 12),
                     FM_E_OPENCL);
    assert_int_equal(error.status, FM_E_OPENCL);
    assert_string_equal(error.what, "a buffer of 12 bytes");
    assert_string_equal(error.why, "clCreateBuffer: CL_MEM_OBJECT_ALLOCATION_FAILURE (-4)");
    assert_string_equal(error.hint, "a smaller batch or network needs less memory");

    assert_int_equal(fm_cl_fail(&error, CL_INVALID_KERNEL, "clFinish", "a step"), FM_E_OPENCL);
    assert_string_equal(error.why, "clFinish: CL_INVALID_KERNEL (-48)");
    assert_string_equal(error.hint, ""); /* no hint for this code, and the old hint is cleared */

    assert_int_equal(fm_cl_fail(&error, -77777, "clFinish", "a step"), FM_E_OPENCL);
    assert_string_equal(error.why, "clFinish: unknown error (-77777)");
    assert_int_equal(fm_cl_fail(NULL, CL_OUT_OF_RESOURCES, "clFinish", "a step"), FM_E_OPENCL);
}

static void test_hints(void **state) {
    (void)state;
    static const cl_int codes[] = {
        CL_MEM_OBJECT_ALLOCATION_FAILURE, CL_OUT_OF_RESOURCES,      CL_OUT_OF_HOST_MEMORY,
        CL_DEVICE_NOT_AVAILABLE,          CL_BUILD_PROGRAM_FAILURE, CL_COMPILER_NOT_AVAILABLE,
        CL_PLATFORM_NOT_FOUND_KHR};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        fm_error error = {0};
        fm_cl_fail(&error, codes[i], "clFinish", "a step");
        assert_true(error.hint[0]);
        assert_true(strlen(error.hint) < sizeof error.hint - 1); /* not truncated */
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_fail),
        cmocka_unit_test(test_hints),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
