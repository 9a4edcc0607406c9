/* On a GPU device operations wait to be launched with others: how many launches are left, and that
 * each of them that fails is told by the step, with its kernel. What they compute is held by
 * test_linear.c, test_batch.c and test_chain.c. */
#include "fmnist_cl/weights.h"
#include "nn/network.h"
#include "ops/opencl.h"
#include "optim/schedule.h"
#include "support/check.h"
#include "support/opencl_calls.h"

enum { IMAGES = 60, PIXELS = 35, BATCH = 40, MOST_LAUNCHES = 32 };

static uint8_t pixels[IMAGES * PIXELS], labels[IMAGES];

/* A network on a device that is taken for a GPU. */
typedef struct setting {
    fm_cl_context *context;
    fm_ops *ops;
    fm_samples *samples;
    fm_outcomes *outcomes;
    fm_network *network;
    fm_update update;
} setting;

static void set_up(setting *self, const fm_architecture *architecture) {
    const fm_images images = {IMAGES, PIXELS, pixels, labels};
    fm_error error = {0};
    fm_optimizer adam;
    fm_weights *weights;
    fm_optimizer_init(&adam, FM_ADAM);
    fm_schedule_update(&self->update, &adam, 1);
    self->context = opencl_open();
    self->context->lone_items = self->context->shares_memory = 0;
    CHECK_OK(fm_opencl_create(&self->ops, self->context, FM_LINEAR_TILE, NULL, &error), &error);
    CHECK_OK(fm_weights_create(&weights, architecture, &error), &error);
    fm_weights_randomize(weights, 3);
    CHECK_OK(fm_network_create_on(&self->network, self->ops, weights, BATCH, &adam, &error),
             &error);
    fm_weights_free(weights);
    CHECK_OK(fm_samples_create(&self->samples, self->ops, &images, &error), &error);
    CHECK_OK(fm_outcomes_create(&self->outcomes, self->ops, IMAGES, &error), &error);
}

static void tear_down(setting *self) {
    fm_outcomes_free(self->outcomes);
    fm_samples_free(self->samples);
    fm_network_free(self->network);
    fm_ops_free(self->ops);
    fm_cl_context_free(self->context);
    assert_int_equal(opencl_live, 0);
}

/* A step, and the end of what it left waiting. */
static int step(setting *self, fm_error *error) {
    int status = fm_network_step(self->network, self->samples, self->outcomes, FM_CROSS_ENTROPY,
                                 &self->update, 0, BATCH, error);
    return status ? status : fm_ops_finish(self->ops, error);
}

static void test_launches(void **state) {
    (void)state;
    static const struct {
        fm_architecture architecture;
        size_t training, evaluation;
    } cases[] = {
        {{PIXELS, 10, 2, {20, 50}, FM_RELU}, 6, 3},
        {{PIXELS, 10, 2, {20, 50}, FM_PRELU}, 10, 3}, /* two of each slope */
        {{PIXELS, 10, 0, {0}, FM_RELU}, 3, 2},        /* the only layer goes on to the loss */
        {{PIXELS, 10, 7, {9, 8, 9, 8, 9, 8, 9}, FM_ELU}, 17, 8}, /* gradients: four and four */
        {{PIXELS, 40, 1, {12}, FM_RELU}, 5, 3}, /* a row of logits is in two groups */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        setting s;
        fm_error error = {0};
        set_up(&s, &cases[i].architecture);
        size_t before = s.context->pace.launches;
        CHECK_OK(step(&s, &error), &error);
        assert_int_equal(s.context->pace.launches - before, cases[i].training);
        before = s.context->pace.launches;
        CHECK_OK(
            fm_network_score(s.network, s.samples, s.outcomes, FM_CROSS_ENTROPY, 7, BATCH, &error),
            &error);
        CHECK_OK(fm_ops_finish(s.ops, &error), &error);
        assert_int_equal(s.context->pace.launches - before, cases[i].evaluation);
        tear_down(&s);
    }
}

static void test_each_launch_fails(void **state) {
    (void)state;
    static const fm_architecture architecture = {PIXELS, 10, 2, {20, 50}, FM_RELU};
    static const char *const kernels[] = {
        "kernel linear_forward_images", "kernel linear_forward",
        "kernel linear_forward_loss",   "kernel linear_backward_input",
        "kernel linear_backward_input", "kernel linear_backward_parameters"};
    setting s;
    set_up(&s, &architecture);
    for (int i = 0; i < 6; i++) {
        fm_error error = {0};
        opencl_fail("clEnqueueNDRangeKernel", i, CL_OUT_OF_RESOURCES);
        int status = step(&s, &error);
        opencl_assert_failed(status, &error, "clEnqueueNDRangeKernel", "CL_OUT_OF_RESOURCES (-5)");
        assert_string_equal(error.what, kernels[i]);
        /* What was left waiting is launched, or given up, before the next step. */
        CHECK_OK(step(&s, &error), &error);
    }
    tear_down(&s);
}

/* What still waits when it fails is told by the operation that it had to be launched for. */
static void test_waiting_fails(void **state) {
    (void)state;
    static const fm_architecture architecture = {PIXELS, 10, 0, {0}, FM_RELU};
    float values[BATCH * PIXELS];
    fm_matrix *out = NULL;
    fm_parameters *layer = NULL;
    fm_matrix *x = NULL;
    fm_error error = {0};
    setting s;
    set_up(&s, &architecture);
    CHECK_OK(fm_matrix_create(&x, s.ops, BATCH, PIXELS, &error), &error);
    CHECK_OK(fm_matrix_create(&out, s.ops, BATCH, 10, &error), &error);
    CHECK_OK(fm_parameters_create(&layer, s.ops, 10, PIXELS, 0, &error), &error);
    CHECK_OK(fm_ops_gather(s.ops, x, s.samples, 0, BATCH, &error), &error);
    opencl_fail("clEnqueueNDRangeKernel", 0, CL_OUT_OF_RESOURCES);
    opencl_assert_failed(fm_matrix_read(values, x, BATCH, &error), &error, "clEnqueueNDRangeKernel",
                         "CL_OUT_OF_RESOURCES (-5)");
    assert_string_equal(error.what, "kernel gather");
    CHECK_OK(fm_ops_linear_forward(s.ops, out, NULL, x, layer, FM_IDENTITY, NULL, BATCH, &error),
             &error);
    opencl_fail("clEnqueueNDRangeKernel", 0, CL_OUT_OF_RESOURCES);
    opencl_assert_failed(fm_matrix_read(values, out, BATCH, &error), &error,
                         "clEnqueueNDRangeKernel", "CL_OUT_OF_RESOURCES (-5)");
    assert_string_equal(error.what, "kernel linear_forward");
    /* Freed while a gather waits for a layer: nothing waits for what is gone. */
    CHECK_OK(fm_ops_gather(s.ops, x, s.samples, 0, BATCH, &error), &error);
    fm_matrix_free(x);
    fm_parameters_free(layer);
    fm_matrix_free(out);
    CHECK_OK(fm_ops_finish(s.ops, &error), &error);
    tear_down(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_launches),
        cmocka_unit_test(test_each_launch_fails),
        cmocka_unit_test(test_waiting_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
