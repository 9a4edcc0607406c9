/* Peak performance: plausible values on every device. */
#include <math.h>

#include "cl/device_list.h"
#include "cl/peak.h"
#include "support/check.h"

static const fm_cl_effort little = {.seconds = 0.001, .rounds = 2};

static void check_device(fm_cl_context *context) {
    fm_error error = {0};
    double flops = 0, rate = 0, launch = 0;
    CHECK_OK(fm_cl_peak_flops(&flops, context, little, &error), &error);
    CHECK_OK(fm_cl_peak_bandwidth(&rate, context, 1 << 20, little, &error), &error);
    CHECK_OK(fm_cl_peak_launch(&launch, context, little, &error), &error);
    assert_true(isfinite(flops) && flops > 0);
    assert_true(isfinite(rate) && rate > 0);
    assert_true(isfinite(launch) && launch > 0);
    /* A launch takes longer than one multiply-add. */
    assert_true(launch * flops > 2);
}

static void test_every_device(void **state) {
    (void)state;
    fm_error error = {0};
    fm_device_list *list = NULL;
    CHECK_OK(fm_device_list_create(&list, &error), &error);
    for (size_t i = 0; i < fm_device_list_count(list); i++) {
        const fm_device_info *info = fm_device_list_get(list, i);
        cl_device_id id = NULL;
        fm_cl_context *context = NULL;
        if (info->type == FM_DEVICE_REFERENCE)
            continue;
        CHECK_OK(fm_device_list_opencl(&id, list, info->number, &error), &error);
        CHECK_OK(fm_cl_context_create(&context, id, &error), &error);
        check_device(context);
        fm_cl_context_free(context);
    }
    fm_device_list_free(list);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_device)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
