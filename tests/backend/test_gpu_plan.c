/* A GPU's plan: how many launches it makes of a graph, that operations which share a launch give
 * the bits that they give alone, that both kinds of products agree with the reference, and that
 * each failing call is reported and leaks nothing. */
#include "backend/choices.h"
#include "backend/gpu/gpu.h"
#include "backend/reference/reference.h"
#include "support/check.h"
#include "support/opencl_calls.h"
#include "support/tolerances.h"
#include "support/training.h"

/* ---- The back ends ---- */

static fm_cl_context *context;

static void open_context(void) {
    context = opencl_open();
    context->lone_items = context->shares_memory = 0;
}

static fm_backend *open_gpu(enum fm_gpu_products products) {
    fm_backend *backend = NULL;
    fm_error error = {0};
    open_context();
    CHECK_OK(fm_gpu_create(&backend, context, products, NULL, &error), &error);
    return backend;
}

static void close_gpu(fm_backend *backend) {
    fm_backend_free(backend);
    fm_cl_context_free(context);
    assert_int_equal(opencl_live, 0);
}

/* ---- Tests ---- */

static void test_launches(void **state) {
    (void)state;
    static const struct {
        network network;
        size_t step, score, gradients;
    } cases[] = {
        {{784, 10, 2, {256, 128}, 64, FM_RELU, FM_CROSS_ENTROPY, 0, 0}, 6, 3, 6},
        {{35, 10, 2, {20, 50}, 40, FM_PRELU, FM_CROSS_ENTROPY, 0, 0}, 8, 3, 8},
        /* The only layer takes in the gather, and the loss is alone. */
        {{35, 10, 0, {0}, 40, FM_RELU, FM_CROSS_ENTROPY, 0, 0}, 3, 2, 3},
        {{35, 10, 7, {9, 8, 9, 8, 9, 8, 9}, 40, FM_ELU, FM_CROSS_ENTROPY, 0, 0}, 16, 8, 16},
        /* A row of logits is in two groups. */
        {{35, 40, 1, {12}, 40, FM_RELU, FM_CROSS_ENTROPY, 0, 0}, 5, 3, 5},
        {{35, 10, 2, {20, 50}, 40, FM_ELU, FM_CROSS_ENTROPY, 1, 0}, 8, 3, 8},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int how = FM_COMPILE_FUSED; how <= FM_COMPILE_SEPARATE; how++) {
            static const int graphs[] = {STEP, SCORE, GRADIENTS};
            fm_error error = {0};
            training t;
            fm_backend *gpu = open_gpu(FM_GPU_TILE);
            training_open(&t, gpu, &cases[i].network);
            CHECK_OK(training_compile(&t, GRAPHS, (enum fm_compile)how, &error), &error);
            const size_t fused[] = {cases[i].step, cases[i].score, cases[i].gradients};
            for (size_t g = 0; g < 3; g++) {
                const size_t before = context->pace.launches;
                CHECK_OK(training_run(&t, (size_t)graphs[g], &training_rules[0], 7, 40, &error),
                         &error);
                assert_int_equal(context->pace.launches - before,
                                 how == FM_COMPILE_FUSED ? fused[g]
                                                         : t.graph[graphs[g]]->node_count);
            }
            CHECK_OK(fm_backend_finish(gpu, &error), &error);
            training_close(&t);
            close_gpu(gpu);
        }
}

static record expected, actual;

static void record_gpu(record *out, enum fm_gpu_products products, const network *n,
                       enum fm_compile how, const fm_update *update) {
    fm_backend *gpu = open_gpu(products);
    training_record(out, gpu, n, how, update);
    close_gpu(gpu);
}

static void test_fused_equals_separate(void **state) {
    (void)state;
    fm_random random;
    fm_random_seed(&random, 17, 1);
    for (size_t i = 0; i < 24; i++) {
        const network n = network_random(&random);
        const fm_update *update = &training_rules[i % TRAINING_RULES];
        char what[32];
        record_gpu(&actual, FM_GPU_TILE, &n, FM_COMPILE_FUSED, update);
        record_gpu(&expected, FM_GPU_TILE, &n, FM_COMPILE_SEPARATE, update);
        snprintf(what, sizeof what, "network %zu", i);
        record_assert_same_bits(&actual, &expected, what);
    }
}

static void test_tuning_parameters(void **state) {
    (void)state;
    static const int choices[][3] = {{32, 4, 32}, {16, 2, 8}, {64, 4, 16}, {128, 8, 8}};
    static const network n = {70, 40, 2, {133, 20}, 77, FM_PRELU, FM_CROSS_ENTROPY, 0, 0};
    for (size_t c = 0; c < sizeof choices / sizeof *choices; c++) {
        fm_choices own;
        fm_backend *gpu = NULL;
        fm_error error = {0};
        open_context();
        fm_choices_init(&own, context);
        own.side = choices[c][0];
        own.work = choices[c][1];
        own.depth = choices[c][2];
        if (fm_choices_fit(&own, context)) {
            CHECK_OK(fm_gpu_create(&gpu, context, FM_GPU_TILE, &own, &error), &error);
            training_record(c ? &actual : &expected, gpu, &n, FM_COMPILE_FUSED, &training_rules[1]);
            record_assert_same_bits(c ? &actual : &expected, &expected, "other tuning parameters");
        }
        close_gpu(gpu);
    }
}

static void test_parity(void **state) {
    (void)state;
    static const network networks[] = {
        {50, 10, 2, {33, 20}, 40, FM_RELU, FM_CROSS_ENTROPY, 0, 0},
        {50, 10, 2, {33, 20}, 17, FM_PRELU, FM_CROSS_ENTROPY, 0, 0},
        {50, 10, 2, {33, 20}, 40, FM_ELU, FM_MSE, 0, 0},
        {50, 40, 1, {33}, 77, FM_ELU, FM_CROSS_ENTROPY, 1, 0},
    };
    static const enum fm_gpu_products products[] = {
        FM_GPU_TILE,
#ifdef FM_WITH_CLBLAST
        FM_GPU_CLBLAST,
#endif
    };
    fm_backend *reference = NULL;
    fm_error error = {0};
    CHECK_OK(fm_reference_create(&reference, &error), &error);
    for (size_t i = 0; i < sizeof networks / sizeof *networks; i++)
        for (size_t r = 0; r < TRAINING_RULES; r++) {
            training_record(&expected, reference, &networks[i], FM_COMPILE_FUSED,
                            &training_rules[r]);
            for (size_t p = 0; p < sizeof products / sizeof *products; p++) {
                char what[64];
                record_gpu(&actual, products[p], &networks[i], FM_COMPILE_FUSED,
                           &training_rules[r]);
                snprintf(what, sizeof what, "network %zu, rule %zu, products %zu", i, r, p);
                record_assert_close(&actual, &expected, TOLERANCE_TRAINING, what);
            }
        }
    fm_backend_free(reference);
}

static const network small = {35, 10, 2, {20, 50}, 40, FM_RELU, FM_CROSS_ENTROPY, 0, 0};

static void test_each_launch_fails(void **state) {
    (void)state;
    static const char *const kernels[] = {
        "kernel linear_forward_images", "kernel linear_forward",
        "kernel linear_forward_loss",   "kernel linear_backward_input",
        "kernel linear_backward_input", "kernel linear_backward_parameters"};
    fm_error error = {0};
    training t;
    fm_backend *gpu = open_gpu(FM_GPU_TILE);
    training_open(&t, gpu, &small);
    CHECK_OK(training_compile(&t, GRAPHS, FM_COMPILE_FUSED, &error), &error);
    for (int i = 0; i < 6; i++) {
        error = (fm_error){0};
        opencl_fail("clEnqueueNDRangeKernel", i, CL_OUT_OF_RESOURCES);
        int status = training_run(&t, STEP, &training_rules[0], 0, 40, &error);
        opencl_assert_failed(status, &error, "clEnqueueNDRangeKernel", "CL_OUT_OF_RESOURCES (-5)");
        assert_string_equal(error.what, kernels[i]);
        CHECK_OK(training_run(&t, STEP, &training_rules[0], 0, 40, &error), &error);
    }
    /* Images, order and struct; struct; order, outcomes and struct; three structs. */
    for (int i = 0; i < 10; i++) {
        error = (fm_error){0};
        opencl_fail("clSetKernelArg", i, CL_OUT_OF_HOST_MEMORY);
        int status = training_run(&t, STEP, &training_rules[0], 0, 40, &error);
        opencl_assert_failed(status, &error, "clSetKernelArg", "CL_OUT_OF_HOST_MEMORY (-6)");
    }
    opencl_fail("clSetKernelArg", 10, CL_OUT_OF_HOST_MEMORY);
    CHECK_OK(training_run(&t, STEP, &training_rules[0], 0, 40, &error), &error);
    assert_false(opencl_failed());
    opencl_fail(NULL, 0, CL_SUCCESS);
    CHECK_OK(fm_backend_finish(gpu, &error), &error);
    training_close(&t);
    close_gpu(gpu);
}

static void test_each_call_of_compile_fails(void **state) {
    (void)state;
    static const struct {
        const char *name;
        int count;
    } calls[] = {{"clCreateKernel", 12}, {"clEnqueueWriteBuffer", 1}};
    training t;
    fm_error error = {0};
    fm_backend *gpu = open_gpu(FM_GPU_TILE);
    training_open(&t, gpu, &small);
    const int live = opencl_live;
    for (size_t c = 0; c < sizeof calls / sizeof *calls; c++)
        for (int i = 0; i < calls[c].count; i++) {
            error = (fm_error){0};
            opencl_fail(calls[c].name, i, CL_OUT_OF_HOST_MEMORY);
            int status = training_compile(&t, FORWARD + 1, FM_COMPILE_FUSED, &error);
            opencl_assert_failed(status, &error, calls[c].name, "CL_OUT_OF_HOST_MEMORY (-6)");
            assert_null(t.plan);
            assert_int_equal(opencl_live, live);
        }
    CHECK_OK(training_compile(&t, FORWARD + 1, FM_COMPILE_FUSED, &error), &error);
    assert_int_equal(opencl_live, live + 12);
    training_close(&t);
    close_gpu(gpu);
}

/* The profile counts each operation once, for the batch's rows, however many launches it is or
 * shares. */
static void test_profile(void **state) {
    (void)state;
    enum { ROWS = 33 };
    for (int how = FM_COMPILE_FUSED; how <= FM_COMPILE_SEPARATE; how++) {
        const fm_kernel_profile *rows = NULL;
        size_t count = 0, calls = 0;
        double flop = 0, bytes = 0;
        fm_error error = {0};
        training t;
        fm_backend *gpu = open_gpu(FM_GPU_TILE);
        CHECK_OK(fm_cl_context_profile(context, &error), &error);
        training_open(&t, gpu, &small);
        CHECK_OK(training_compile(&t, GRAPHS, (enum fm_compile)how, &error), &error);
        const size_t before = context->pace.launches;
        CHECK_OK(training_run(&t, STEP, &training_rules[0], 0, ROWS, &error), &error);
        CHECK_OK(fm_cl_profile_read(&rows, &count, context->profile, &error), &error);
        for (size_t i = 0; i < count; i++) {
            calls += rows[i].calls;
            flop += rows[i].flop;
            bytes += rows[i].bytes;
        }
        for (size_t i = 0; i < t.graph[STEP]->node_count; i++) {
            flop -= fm_node_flop(&t.graph[STEP]->node[i], ROWS);
            bytes -= fm_node_bytes(t.graph[STEP], &t.graph[STEP]->node[i], ROWS);
        }
        assert_int_equal(calls, context->pace.launches - before);
        assert_true(flop == 0 && bytes == 0); /* sums of whole numbers */
        opencl_live += (int)calls;            /* only the release of a launch's event is counted */
        training_close(&t);
        close_gpu(gpu);
    }
}

/* A plan goes on when the arena grows under it, and with other samples. */
static void test_buffers_change(void **state) {
    (void)state;
    for (int changes = 0; changes < 2; changes++) {
        training t, other;
        fm_error error = {0};
        fm_backend *gpu = open_gpu(FM_GPU_TILE);
        training_open(&t, gpu, &small);
        CHECK_OK(training_compile(&t, GRAPHS, FM_COMPILE_FUSED, &error), &error);
        CHECK_OK(training_run(&t, STEP, &training_rules[1], 0, 40, &error), &error);
        if (changes) {
            training_open(&other, gpu, &small);
            CHECK_OK(training_compile(&other, GRAPHS, FM_COMPILE_SEPARATE, &error), &error);
            CHECK_OK(training_run(&other, STEP, &training_rules[2], 0, 40, &error), &error);
            fm_samples_free(t.samples);
            training_open_samples(&t);
        }
        training_go_on(changes ? &actual : &expected, &t, &training_rules[1]);
        if (changes)
            training_close(&other);
        training_close(&t);
        close_gpu(gpu);
    }
    record_assert_same_bits(&actual, &expected, "after the changes");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_launches),          cmocka_unit_test(test_fused_equals_separate),
        cmocka_unit_test(test_tuning_parameters), cmocka_unit_test(test_parity),
        cmocka_unit_test(test_each_launch_fails), cmocka_unit_test(test_each_call_of_compile_fails),
        cmocka_unit_test(test_profile),           cmocka_unit_test(test_buffers_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
