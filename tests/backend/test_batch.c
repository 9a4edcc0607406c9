/* Operations on the images of a batch, on every back end: loss, and batches of any size up
 * to the plan's. */
#include <stdlib.h>
#include <string.h>

#include "check/job.h"
#include "support/backends.h"
#include "support/check.h"
#include "support/stacks.h"
#include "support/tolerances.h"

/* Images of one pixel, and labels of every class. */
enum { IMAGES = 300 };
static uint8_t pixels[IMAGES];
static uint8_t labels[IMAGES];
static uint32_t order[IMAGES];

/* A single operation on these images, on rows from FM_CHECK_FIRST on. */
static fm_check_result compute(fm_backend *backend, const fm_check_case *which,
                               const float *logits) {
    const fm_check_operands operands = {
        .operand = {NULL, logits}, .image = pixels, .label = labels, .order = order};
    fm_check_result result;
    fm_error error = {0};
    CHECK_OK(fm_check_run(&result, backend, which, &operands, &error), &error);
    return result;
}

/* A device that reads the host's memory must have finished with it when the samples are freed. */
static void test_samples_freed_while_work_is_queued(void **state) {
    (void)state;
    enum { ROWS = 20000, PIXELS = 784 };
    fm_error error = {0};
    fm_graph *graph = NULL;
    uint8_t *image = malloc((size_t)ROWS * PIXELS);
    float *actual = malloc((size_t)ROWS * PIXELS * sizeof *actual);
    assert_true(image && actual);
    CHECK_OK(fm_graph_create(&graph, ROWS, &error), &error);
    const fm_graph *graphs[] = {graph};
    fm_graph_expose(graph, fm_graph_batch(graph, PIXELS));
    fm_graph_add(graph, (fm_node){.operation = FM_OP_GATHER, .operand = {0}});
    CHECK_OK(fm_graph_check(graph, &error), &error);
    for (size_t i = 0; i < backend_count; i++) {
        const fm_images images = {.count = ROWS, .pixels = PIXELS, .image = image};
        const fm_step step = {.rows = ROWS, .batch_rows = ROWS, .epoch = 1};
        fm_plan *plan = NULL;
        fm_samples *samples = NULL;
        memset(image, 255, (size_t)ROWS * PIXELS);
        CHECK_OK(fm_samples_create(&samples, backends[i].backend, &images, &error), &error);
        CHECK_OK(fm_plan_compile(&plan, backends[i].backend, graphs, 1, NULL, 0, FM_COMPILE_FUSED,
                                 &error),
                 &error);
        CHECK_OK(fm_plan_run(plan, 0, samples, NULL, &step, &error), &error);
        fm_samples_free(samples);
        memset(image, 0, (size_t)ROWS * PIXELS);
        CHECK_OK(fm_plan_read(actual, plan, 0, 0, ROWS, &error), &error);
        for (size_t e = 0; e < (size_t)ROWS * PIXELS; e++)
            if (actual[e] != 1.0f)
                fail_msg("%s: pixel %zu was read after the samples were freed", backends[i].name,
                         e);
        fm_plan_free(plan);
    }
    fm_graph_free(graph);
    free(actual);
    free(image);
}

static void test_loss(void **state) {
    (void)state;
    static const size_t sizes[][2] = {/* classes, rows */
                                      {10, 128}, {10, 1}, {16, 7}, {127, 127}, {256, 40}, {2, 9}};
    static float logits[IMAGES * FM_MAX_CLASSES];
    fm_random random;
    fm_random_seed(&random, 5, 99);
    /* Some rows are far from 0: exp() of them would overflow. */
    for (size_t e = 0; e < sizeof logits / sizeof *logits; e++)
        logits[e] = 10 * fm_random_unit(&random) - 5 + (e / 127 % 5 == 0 ? 200.0f : 0.0f);
    logits[3] = logits[7] = 300.0f; /* a tie: the first one counts */
    for (uint32_t k = 0; k < IMAGES; k++)
        order[k] = k;
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (int kind = FM_CROSS_ENTROPY; kind <= FM_MSE; kind++) {
            fm_check_case which = {.operation = FM_OP_LOSS,
                                   .loss = (enum fm_loss)kind,
                                   .rows = sizes[s][1],
                                   .inputs = 1,
                                   .outputs = sizes[s][0]};
            for (size_t k = 0; k < IMAGES; k++)
                labels[k] = (uint8_t)(k % which.outputs);
            fm_check_result expected = compute(reference, &which, logits);
            for (size_t i = 0; i < backend_count; i++) {
                fm_check_result actual = compute(backends[i].backend, &which, logits);
                for (size_t a = 0; a < 3; a++) {
                    const fm_check_array *array = &expected.array[a];
                    check_close(actual.values + array->first, expected.values + array->first,
                                array->count, a == 2 ? 0 : TOLERANCE_ELEMENTWISE,
                                "%s: %s of %zu classes: %s", backends[i].name,
                                fm_loss_name(which.loss), which.outputs, array->name);
                }
                free(actual.values);
            }
            free(expected.values);
        }
}

/* A batch of each size up to the plan's, after a larger one and after a smaller one: the same as on
 * the reference, including the outcomes beyond it, which do not change. */
static void test_any_rows(void **state) {
    (void)state;
    static const size_t rows[] = {130, 1, 2, 15, 16, 17, 31, 33, 40, 64, 65, 127, 128, 129, 130};
    static const size_t widths[] = {35, 20, 10};
    static const enum stack_graph graphs[] = {STACK_PASS, STACK_SCORE};
    stack s = stack_plain(2, widths, FM_RELU, 130);
    s.exposed = ~0U;
    for (size_t i = 0; i < backend_count; i++) {
        stack_device d = stack_open(&s, backends[i].backend, FM_COMPILE_FUSED, 2, graphs);
        stack_device e = stack_open(&s, reference, FM_COMPILE_FUSED, 2, graphs);
        for (size_t n = 0; n < sizeof rows / sizeof *rows; n++)
            for (size_t which = 0; which < 2; which++) {
                float actual[130 * 10], expected[130 * 10];
                float gradient[20 * 36], other[20 * 36];
                fm_error error = {0};
                const size_t first = (n * 29) % (STACK_IMAGES - rows[n] + 1);
                stack_run(&d, which, first, rows[n]);
                stack_run(&e, which, first, rows[n]);
                const int y = stack_y(1), dw = stack_gradient(0);
                CHECK_OK(fm_plan_read(actual, d.plan, which, y, rows[n], &error), &error);
                CHECK_OK(fm_plan_read(expected, e.plan, which, y, rows[n], &error), &error);
                check_close(actual, expected, rows[n] * 10, TOLERANCE_TRAINING, "%s: y, %zu rows",
                            backends[i].name, rows[n]);
                CHECK_OK(fm_plan_read(gradient, d.plan, 0, dw, 1, &error), &error);
                CHECK_OK(fm_plan_read(other, e.plan, 0, dw, 1, &error), &error);
                check_close(gradient, other, 20 * 36, TOLERANCE_TRAINING, "%s: gradient, %zu rows",
                            backends[i].name, rows[n]);
            }
        size_t count;
        float *actual = stack_results(&d, &count), *expected = stack_results(&e, &count);
        check_close(actual + count - 2 * STACK_IMAGES, expected + count - 2 * STACK_IMAGES,
                    STACK_IMAGES, TOLERANCE_TRAINING, "%s: losses", backends[i].name);
        free(expected);
        free(actual);
        stack_close(&e);
        stack_close(&d);
    }
}

static int open_all(void **state) {
    fm_random random;
    fm_random_seed(&random, 4, 99);
    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = (uint8_t)fm_random_below(&random, 256);
    return backends_set_up(state);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_samples_freed_while_work_is_queued),
        cmocka_unit_test(test_loss),
        cmocka_unit_test(test_any_rows),
    };
    return cmocka_run_group_tests(tests, open_all, backends_tear_down);
}
