/* Sub-devices: errors if the device cannot be partitioned, and no leaks when a call fails. */
/* wrap: clGetDeviceInfo clCreateSubDevices clReleaseDevice */
#include "cl/sub_device.h"
#include "support/check.h"
#include "support/opencl.h"

static cl_device_id whole;
static int live;
static cl_uint units = 2,
               maximum = 2; /* reported compute units and maximum number of sub-devices */

WRAP(cl_int, clGetDeviceInfo, cl_device_id device, cl_device_info what, size_t size, void *out,
     size_t *needed) {
    cl_int code = opencl_failure("clGetDeviceInfo");
    if (code)
        return code;
    if (what == CL_DEVICE_PARTITION_MAX_SUB_DEVICES)
        return opencl_failure("the maximum") ? CL_INVALID_VALUE : (*(cl_uint *)out = maximum, 0);
    if (what != CL_DEVICE_MAX_COMPUTE_UNITS)
        return __real_clGetDeviceInfo(device, what, size, out, needed);
    *(cl_uint *)out = units;
    return CL_SUCCESS;
}

/* Counts created sub-devices. The fault "one fewer" simulates a driver that creates too few. */
WRAP(cl_int, clCreateSubDevices, cl_device_id device, const cl_device_partition_property *wanted,
     cl_uint count, cl_device_id *out, cl_uint *made) {
    cl_int code = opencl_failure("clCreateSubDevices");
    if (code)
        return code;
    int fewer = opencl_failure("one fewer") != 0;
    /* The handles are fake, because this tests only which of them are kept or released. */
    (void)device;
    assert_int_equal(wanted[0], CL_DEVICE_PARTITION_BY_COUNTS);
    for (cl_uint i = 0; i < count; i++) {
        assert_true(count == 1 || wanted[i + 1] == 1); /* each of the two gets one of two units */
        out[i] = (cl_device_id)(uintptr_t)(i + 1);
    }
    assert_int_equal(wanted[count + 1], CL_DEVICE_PARTITION_BY_COUNTS_LIST_END);
    *made = count - (cl_uint)fewer;
    live += (int)*made;
    return CL_SUCCESS;
}

WRAP(cl_int, clReleaseDevice, cl_device_id device) {
    assert_non_null(device);
    live--;
    return CL_SUCCESS;
}

static void test_only_the_requested_one_is_kept(void **state) {
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        cl_device_id id = NULL;
        assert_int_equal(fm_cl_sub_device_create(&id, whole, i, 2, NULL), FM_OK);
        assert_int_equal((uintptr_t)id, i + 1);
        assert_int_equal(live, 1);
        fm_cl_sub_device_free(id);
        assert_int_equal(live, 0);
    }
    fm_cl_sub_device_free(NULL);
}

static void test_failures(void **state) {
    (void)state;
    fm_error error = {0};
    cl_device_id id = whole;
    opencl_fail("clGetDeviceInfo", 0, CL_INVALID_DEVICE);
    opencl_assert_failed(fm_cl_sub_device_create(&id, whole, 0, 1, &error), &error,
                         "clGetDeviceInfo", "CL_INVALID_DEVICE (-33)");
    assert_null(id);
    opencl_fail("the maximum", 0, 1);
    assert_int_equal(fm_cl_sub_device_create(&id, whole, 0, 1, &error), FM_E_OPENCL);
    assert_null(id);
    opencl_fail("clCreateSubDevices", 0, CL_INVALID_VALUE);
    opencl_assert_failed(fm_cl_sub_device_create(&id, whole, 0, 1, &error), &error,
                         "clCreateSubDevices", "CL_INVALID_VALUE (-30)");
    assert_null(id);
    opencl_fail("one fewer", 0, 1);
    assert_int_equal(fm_cl_sub_device_create(&id, whole, 0, 1, &error), FM_E_OPENCL);
    assert_null(id);
    assert_int_equal(live, 0);
}

static void test_impossible_requests(void **state) {
    (void)state;
    fm_error error = {0};
    cl_device_id id;
    const size_t bad[][2] = {{0, 0}, {1, 1}, {0, FM_MAX_SUB_DEVICES + 1}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(fm_cl_sub_device_create(&id, whole, bad[i][0], bad[i][1], &error),
                         FM_E_ARGUMENT);
        assert_null(id);
    }
    maximum = 3;
    assert_int_equal(fm_cl_sub_device_create(&id, whole, 0, 3, &error), FM_E_ARGUMENT);
    /* clCreateSubDevices must not be called: a driver without sub-devices may crash. */
    maximum = 0;
    opencl_fail("clCreateSubDevices", 0, CL_INVALID_VALUE);
    assert_int_equal(fm_cl_sub_device_create(&id, whole, 0, 2, &error), FM_E_ARGUMENT);
    assert_false(opencl_failed());
    maximum = 2;
}

static int find_device(void **state) {
    (void)state;
    whole = opencl_first_device();
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_the_requested_one_is_kept),
        cmocka_unit_test(test_failures),
        cmocka_unit_test(test_impossible_requests),
    };
    return cmocka_run_group_tests(tests, find_device, NULL);
}
