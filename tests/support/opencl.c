#include "support/opencl.h"

#include <stdlib.h>
#include <string.h>

#include "cl/device_list.h"
#include "support/check.h"

_Atomic int opencl_live;

static struct {
    const char *call;
    int before;
    cl_int code;
    int lasts;
    int lost;
} fault;

cl_device_id opencl_first_device(void) {
    fm_device_list *list;
    const fm_device_info *info = NULL;
    cl_device_id device = NULL;
    assert_int_equal(fm_device_list_create(&list, NULL), FM_OK);
    int status = fm_device_list_choose(&info, list, getenv("FM_TEST_DEVICE"), NULL);
    if (!status)
        status = fm_device_list_opencl(&device, list, info->number, NULL);
    fm_device_list_free(list);
    if (status)
        skip();
    return device;
}

fm_cl_context *opencl_open(void) {
    fm_cl_context *context;
    fm_error error = {0};
    if (fm_cl_context_create(&context, opencl_first_device(), &error))
        fail_msg("%s: %s", error.what, error.why);
    return context;
}

void opencl_fail(const char *call, int before, cl_int code) {
    fault.call = call;
    fault.before = before;
    fault.code = code;
    fault.lasts = fault.lost = 0;
}

void opencl_lose(const char *call, int before, cl_int code) {
    opencl_fail(call, before, code);
    fault.lasts = 1;
}

cl_int opencl_failure(const char *call) {
    if (fault.lost && strncmp(call, "cl", 2) == 0)
        return fault.code;
    if (!fault.call || strcmp(call, fault.call) != 0 || fault.before-- > 0)
        return CL_SUCCESS;
    fault.call = NULL;
    fault.lost = fault.lasts;
    return fault.code;
}

int opencl_failed(void) {
    return fault.call == NULL;
}

void opencl_assert_failed(int status, const fm_error *error, const char *call, const char *why) {
    char expected[128];
    snprintf(expected, sizeof expected, "%s: %s", call, why);
    assert_true(opencl_failed());
    assert_int_equal(status, FM_E_OPENCL);
    assert_int_equal(error->status, FM_E_OPENCL);
    assert_string_equal(error->why, expected);
    assert_true(error->what[0]);
}
