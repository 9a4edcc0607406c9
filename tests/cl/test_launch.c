/* Kernel launches: range and arguments arrive, and every failing call is reported. */
/* wrap: clGetKernelInfo */
#include <string.h>

#include "cl/buffer.h"
#include "cl/launch.h"
#include "cl/program.h"
#include "support/check.h"
#include "support/opencl_calls.h"

static int nameless;

WRAP(cl_int, clGetKernelInfo, cl_kernel kernel, cl_kernel_info what, size_t size, void *out,
     size_t *needed) {
    return nameless ? CL_OUT_OF_HOST_MEMORY
                    : __real_clGetKernelInfo(kernel, what, size, out, needed);
}

static const char *const source[] = {
    "kernel void place(global int *out, int factor, int offset) {\n"
    "    size_t x = get_global_id(0), y = get_global_id(1);\n"
    "    int group = (int)(get_group_id(0) * 10 + get_group_id(1));\n"
    "    out[y * get_global_size(0) + x] = factor * (int)(100 * y + x) + 10000 * group + offset;\n"
    "}\n"};

enum { ACROSS = 6, DOWN = 4 };

typedef struct setting {
    fm_cl_context *context;
    cl_program program;
    cl_kernel kernel;
    cl_mem out;
} setting;

static int set_up(void **state) {
    static setting self;
    fm_error error = {0};
    self.context = opencl_open();
    if (fm_cl_program_create(&self.program, self.context, source, 1, "", &error) ||
        fm_cl_kernel_create(&self.kernel, self.program, "place", &error) ||
        fm_cl_buffer_create(&self.out, self.context, ACROSS * DOWN * sizeof(cl_int), &error))
        fail_msg("%s: %s\n%s", error.what, error.why, error.detail);
    *state = &self;
    return 0;
}

static int tear_down(void **state) {
    setting *self = *state;
    fm_cl_buffer_free(self->out);
    fm_cl_kernel_free(self->kernel);
    fm_cl_program_free(self->program);
    fm_cl_context_free(self->context);
    return 0;
}

static int launch(setting *self, fm_cl_range range, fm_error *error) {
    cl_int factor = 2, offset = -7;
    const fm_cl_argument arguments[] = {FM_CL_ARGUMENT(self->out), FM_CL_ARGUMENT(factor),
                                        FM_CL_ARGUMENT(offset)};
    int status = fm_cl_set_arguments(self->kernel, 0, arguments, 3, error);
    return status ? status : fm_cl_launch(self->context, self->kernel, range, error);
}

static void test_range(void **state) {
    setting *self = *state;
    cl_int out[ACROSS * DOWN];
    const fm_cl_range range = {.groups = {3, 4}, .items = {2, 1}};
    size_t before = self->context->pace.launches;
    assert_int_equal(launch(self, range, NULL), FM_OK);
    assert_int_equal(self->context->pace.launches, before + 1);
    assert_int_equal(fm_cl_buffer_read(out, self->out, self->context, 0, sizeof out, NULL), FM_OK);
    for (int y = 0; y < DOWN; y++) {
        for (int x = 0; x < ACROSS; x++)
            assert_int_equal(out[y * ACROSS + x], 2 * (100 * y + x) + 10000 * (x / 2 * 10 + y) - 7);
    }
}

static void test_calls_fail(void **state) {
    setting *self = *state;
    static const char *const calls[] = {"clSetKernelArg", "clSetKernelArg",
                                        "clEnqueueNDRangeKernel"};
    const fm_cl_range range = {.groups = {3, 4}, .items = {2, 1}};
    size_t before = self->context->pace.launches;
    for (int i = 0; i < 3; i++) {
        fm_error error = {0};
        opencl_fail(calls[i], i == 1 ? 2 : 0, CL_OUT_OF_RESOURCES); /* clSetKernelArg fails at the
                                                                     * third argument */
        int status = launch(self, range, &error);
        opencl_assert_failed(status, &error, calls[i], "CL_OUT_OF_RESOURCES (-5)");
        assert_string_equal(error.what, "kernel place");
        assert_true(error.hint[0]);
    }
    fm_error error = {0};
    nameless = 1;
    opencl_fail("clEnqueueNDRangeKernel", 0, CL_OUT_OF_RESOURCES);
    int status = launch(self, range, &error);
    nameless = 0;
    opencl_assert_failed(status, &error, "clEnqueueNDRangeKernel", "CL_OUT_OF_RESOURCES (-5)");
    assert_int_equal(self->context->pace.launches, before);
}

/* The driver's error is reported. */
static void test_refused(void **state) {
    setting *self = *state;
    fm_error error = {0};
    cl_short narrow = 1;
    const fm_cl_argument arguments[] = {FM_CL_ARGUMENT(self->out), FM_CL_ARGUMENT(narrow)};
    int status = fm_cl_set_arguments(self->kernel, 0, arguments, 2, &error);
    opencl_assert_failed(status, &error, "clSetKernelArg", "CL_INVALID_ARG_SIZE (-51)");
    status = launch(self, (fm_cl_range){.groups = {1, 1}, .items = {1 << 30, 1}}, &error);
    assert_int_equal(status, FM_E_OPENCL);
    assert_non_null(strstr(error.why, "clEnqueueNDRangeKernel: CL_INVALID_WORK_"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_range, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_calls_fail, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_refused, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
