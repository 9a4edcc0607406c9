/* A GPU's plan: the number of launches of a graph, reports of failing calls without leaks, and the
 * profile. test_plans.c tests the results of plans. */
#include <stdlib.h>

#include "support/backends.h"
#include "support/check.h"
#include "support/opencl_calls.h"
#include "support/stacks.h"

enum { ROWS = 40, LAUNCHES = 6 };

static fm_cl_context *context;

static fm_backend *open_gpu(void) {
    fm_backend *backend = NULL;
    fm_error error = {0};
    context = opencl_open();
    backend_prepare(context, BACKEND_GPU);
    CHECK_OK(backend_create(&backend, context, BACKEND_GPU, NULL, &error), &error);
    return backend;
}

static void close_gpu(fm_backend *backend) {
    fm_backend_free(backend);
    fm_cl_context_free(context);
    assert_int_equal(opencl_live, 0);
}

static const size_t widths[] = {35, 20, 50, 10};

static stack small(void) {
    return stack_plain(3, widths, FM_RELU, ROWS);
}

static int run(stack_device *d, size_t graph, size_t first, size_t rows, fm_error *error) {
    const fm_step step = {.first = (int)first,
                          .rows = (int)rows,
                          .batch_rows = (int)rows,
                          .epoch = 1,
                          .update = {.rule = FM_UPDATE_SGD, .lr = 0.01f}};
    return fm_plan_run(d->plan, graph, d->samples, d->outcomes, &step, error);
}

static const enum stack_graph graphs[] = {STACK_STEP, STACK_PASS, STACK_SCORE};

static void test_launches(void **state) {
    (void)state;
    static const struct {
        size_t layers, widths[STACK_LAYERS + 1];
        enum fm_activation activation;
        unsigned apart;
        size_t launches[3]; /* of each graph */
    } cases[] = {
        {3, {784, 256, 128, 10}, FM_RELU, 0, {6, 6, 3}},
        {3, {35, 20, 50, 10}, FM_PRELU, 0, {8, 8, 3}},
        {3, {35, 20, 50, 10}, FM_ELU, 3, {8, 8, 3}},
        /* The only layer is launched with the gather, so the loss is a separate launch. */
        {1, {35, 10}, FM_RELU, 0, {3, 3, 2}},
        {6, {35, 9, 8, 9, 8, 9, 10}, FM_ELU, 0, {12, 12, 6}},
        /* A row of logits is in two work-groups. */
        {2, {35, 12, 40}, FM_RELU, 0, {5, 5, 3}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int how = FM_COMPILE_FUSED; how <= FM_COMPILE_SEPARATE; how++) {
            fm_error error = {0};
            fm_backend *gpu = open_gpu();
            stack s = stack_plain(cases[i].layers, cases[i].widths, cases[i].activation, ROWS);
            s.apart = cases[i].apart;
            stack_device d = stack_open(&s, gpu, (enum fm_compile)how, 3, graphs);
            for (size_t g = 0; g < 3; g++) {
                const size_t before = context->pace.launches;
                CHECK_OK(run(&d, g, 7, ROWS, &error), &error);
                assert_int_equal(context->pace.launches - before, how == FM_COMPILE_FUSED
                                                                      ? cases[i].launches[g]
                                                                      : d.graph[g]->node_count);
            }
            stack_close(&d);
            close_gpu(gpu);
        }
}

static void test_each_launch_fails(void **state) {
    (void)state;
    static const char *const kernels[LAUNCHES] = {
        "kernel linear_forward_images", "kernel linear_forward",
        "kernel linear_forward_loss",   "kernel linear_backward_input",
        "kernel linear_backward_input", "kernel linear_backward_parameters"};
    const stack s = small();
    fm_backend *gpu = open_gpu();
    stack_device d = stack_open(&s, gpu, FM_COMPILE_FUSED, 1, graphs);
    for (int i = 0; i < LAUNCHES; i++) {
        fm_error error = {0};
        opencl_fail("clEnqueueNDRangeKernel", i, CL_OUT_OF_RESOURCES);
        int status = run(&d, 0, 0, ROWS, &error);
        opencl_assert_failed(status, &error, "clEnqueueNDRangeKernel", "CL_OUT_OF_RESOURCES (-5)");
        assert_string_equal(error.what, kernels[i]);
        CHECK_OK(run(&d, 0, 0, ROWS, &error), &error);
    }
    stack_close(&d);
    close_gpu(gpu);
}

/* Each step sets the struct of each launch. The first step, and the first one after a failure, set
 * the buffers too: 3 for the gather, 4 for the loss, 1 for each other launch. */
static void test_each_argument_fails(void **state) {
    (void)state;
    enum { BUFFERS = 3 + 4 + LAUNCHES - 2 };
    const stack s = small();
    fm_error error = {0};
    fm_backend *gpu = open_gpu();
    stack_device d = stack_open(&s, gpu, FM_COMPILE_FUSED, 1, graphs);
    for (int i = 0; i <= BUFFERS; i++) {
        error = (fm_error){0};
        opencl_fail("clSetKernelArg", i, CL_OUT_OF_HOST_MEMORY);
        int status = run(&d, 0, 0, ROWS, &error);
        opencl_assert_failed(status, &error, "clSetKernelArg", "CL_OUT_OF_HOST_MEMORY (-6)");
    }
    opencl_fail("clSetKernelArg", LAUNCHES, CL_OUT_OF_HOST_MEMORY);
    CHECK_OK(run(&d, 0, 0, ROWS, &error), &error);
    assert_false(opencl_failed());
    opencl_fail(NULL, 0, CL_SUCCESS);
    stack_close(&d);
    close_gpu(gpu);
}

static void test_each_call_of_compile_fails(void **state) {
    (void)state;
    static const struct {
        const char *name;
        int count;
    } calls[] = {{"clCreateKernel", LAUNCHES}, {"clEnqueueWriteBuffer", 1}};
    const stack s = small();
    fm_error error = {0};
    fm_plan *plan = NULL;
    fm_backend *gpu = open_gpu();
    stack_device d = stack_open(&s, gpu, FM_COMPILE_FUSED, 1, graphs);
    const int live = opencl_live;
    for (size_t c = 0; c < sizeof calls / sizeof *calls; c++)
        for (int i = 0; i <= calls[c].count; i++) {
            opencl_fail(calls[c].name, i, CL_OUT_OF_HOST_MEMORY);
            int status = fm_plan_compile(&plan, gpu, (const fm_graph *const *)d.graph, 1,
                                         d.parameters, d.parameter_count, FM_COMPILE_FUSED, &error);
            if (i < calls[c].count) {
                opencl_assert_failed(status, &error, calls[c].name, "CL_OUT_OF_HOST_MEMORY (-6)");
                assert_null(plan);
            } else {
                opencl_fail(NULL, 0, CL_SUCCESS);
                CHECK_OK(status, &error);
                assert_int_equal(opencl_live, live + LAUNCHES);
                fm_plan_free(plan);
            }
            assert_int_equal(opencl_live, live);
        }
    stack_close(&d);
    close_gpu(gpu);
}

/* A plan works with new samples at the address of freed ones. */
static void test_other_samples(void **state) {
    (void)state;
    const stack s = small();
    float *results[2];
    size_t count;
    uint32_t order[STACK_IMAGES];
    for (uint32_t i = 0; i < STACK_IMAGES; i++)
        order[i] = STACK_IMAGES - 1 - i;
    for (int are_others = 0; are_others < 2; are_others++) {
        fm_error error = {0};
        fm_backend *gpu = open_gpu();
        stack_device d = stack_open(&s, gpu, FM_COMPILE_FUSED, 1, graphs);
        CHECK_OK(run(&d, 0, 3, ROWS, &error), &error);
        if (are_others) {
            const fm_images images = {STACK_IMAGES, widths[0], d.image, d.label};
            fm_samples_free(d.samples);
            CHECK_OK(fm_samples_create(&d.samples, gpu, &images, &error), &error);
        }
        CHECK_OK(fm_samples_set_order(d.samples, order, STACK_IMAGES, &error), &error);
        CHECK_OK(run(&d, 0, 5, ROWS, &error), &error);
        results[are_others] = stack_results(&d, &count);
        stack_close(&d);
        close_gpu(gpu);
    }
    assert_memory_equal(results[1], results[0], count * sizeof **results);
    free(results[0]);
    free(results[1]);
}

/* The profile counts each operation once, for the batch's rows, whether it takes several launches
 * or shares one. */
static void test_profile(void **state) {
    (void)state;
    const stack s = small();
    for (int how = FM_COMPILE_FUSED; how <= FM_COMPILE_SEPARATE; how++) {
        const fm_kernel_profile *rows = NULL;
        size_t count = 0, calls = 0;
        double flop = 0, bytes = 0;
        fm_error error = {0};
        fm_backend *gpu = open_gpu();
        CHECK_OK(fm_cl_context_profile(context, &error), &error);
        stack_device d = stack_open(&s, gpu, (enum fm_compile)how, 1, graphs);
        const size_t before = context->pace.launches;
        CHECK_OK(run(&d, 0, 0, ROWS - 7, &error), &error);
        CHECK_OK(fm_cl_profile_read(&rows, &count, context->profile, &error), &error);
        for (size_t i = 0; i < count; i++) {
            calls += rows[i].calls;
            flop += rows[i].flop;
            bytes += rows[i].bytes;
        }
        for (size_t i = 0; i < d.graph[0]->node_count; i++) {
            flop -= fm_node_flop(&d.graph[0]->node[i], ROWS - 7);
            bytes -= fm_node_bytes(d.graph[0], &d.graph[0]->node[i], ROWS - 7);
        }
        assert_int_equal(calls, context->pace.launches - before);
        assert_true(flop == 0 && bytes == 0); /* sums of whole numbers */
        opencl_live += (int)calls;            /* only the release of a launch's event is counted */
        stack_close(&d);
        close_gpu(gpu);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_launches),
        cmocka_unit_test(test_each_launch_fails),
        cmocka_unit_test(test_each_argument_fails),
        cmocka_unit_test(test_each_call_of_compile_fails),
        cmocka_unit_test(test_other_samples),
        cmocka_unit_test(test_profile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
