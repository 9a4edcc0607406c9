/* The operations around the linear layers, on every implementation against the reference: gather,
 * loss, PReLU's backward. */
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "optim/schedule.h"
#include "support/cases.h"
#include "support/check.h"
#include "support/parity.h"
#include "support/tolerances.h"

/* Images of every size a gather's vectors may or may not divide, labels of every class. */
enum { IMAGES = 300, MOST_PIXELS = 1000 };
static uint8_t pixels[IMAGES * MOST_PIXELS];
static uint8_t labels[IMAGES];
static uint32_t order[IMAGES];

static fm_samples *samples_of(fm_ops *ops, size_t pixel_count) {
    fm_error error = {0};
    fm_samples *samples = NULL;
    fm_images images = {.count = IMAGES, .pixels = pixel_count, .image = pixels, .label = labels};
    CHECK_OK(fm_samples_create(&samples, ops, &images, &error), &error);
    CHECK_OK(fm_samples_set_order(samples, order, IMAGES, &error), &error);
    return samples;
}

static void gather(float *out, fm_ops *ops, size_t pixel_count, size_t first, size_t rows) {
    fm_error error = {0};
    fm_matrix *x = NULL;
    fm_samples *samples = samples_of(ops, pixel_count);
    CHECK_OK(fm_matrix_create(&x, ops, rows, pixel_count, &error), &error);
    CHECK_OK(fm_ops_gather(ops, x, samples, first, rows, &error), &error);
    CHECK_OK(fm_matrix_read(out, x, rows, &error), &error);
    fm_matrix_free(x);
    fm_samples_free(samples);
}

static void test_gather(void **state) {
    (void)state;
    static const size_t sizes[][3] = {/* pixels, first, rows */
                                      {784, 0, 128}, {784, 100, 7}, {1, 0, 300},
                                      {7, 293, 7},   {127, 1, 1},   {1000, 3, 16}};
    static float actual[IMAGES * MOST_PIXELS];
    for (size_t i = 0; i < implementation_count; i++)
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
            size_t count = sizes[s][0], first = sizes[s][1], rows = sizes[s][2];
            gather(actual, implementations[i].ops, count, first, rows);
            /* A byte over 255, correctly rounded or next to it. */
            for (size_t e = 0; e < rows * count; e++) {
                uint8_t pixel = pixels[order[first + e / count] * count + e % count];
                float expected = (float)pixel / 255.0f;
                if (fabs((double)(actual[e] - expected)) > (double)(FLT_EPSILON * expected))
                    fail_msg("%s: pixel %zu of %zu x %zu is %.9g, not %.9g",
                             implementations[i].name, e, rows, count, (double)actual[e],
                             (double)expected);
            }
        }
}

/* A device that computes in the host's memory must be done with it when the samples are freed. */
static void test_samples_freed_while_work_is_queued(void **state) {
    (void)state;
    enum { ROWS = 20000, PIXELS = 784 };
    fm_error error = {0};
    uint8_t *image = malloc((size_t)ROWS * PIXELS);
    float *actual = malloc((size_t)ROWS * PIXELS * sizeof *actual);
    assert_true(image && actual);
    for (size_t i = 0; i < implementation_count; i++) {
        fm_ops *ops = implementations[i].ops;
        fm_matrix *x = NULL;
        fm_samples *samples = NULL;
        fm_images images = {.count = ROWS, .pixels = PIXELS, .image = image};
        memset(image, 255, (size_t)ROWS * PIXELS);
        CHECK_OK(fm_samples_create(&samples, ops, &images, &error), &error);
        CHECK_OK(fm_matrix_create(&x, ops, ROWS, PIXELS, &error), &error);
        CHECK_OK(fm_ops_gather(ops, x, samples, 0, ROWS, &error), &error);
        fm_samples_free(samples);
        memset(image, 0, (size_t)ROWS * PIXELS);
        CHECK_OK(fm_matrix_read(actual, x, ROWS, &error), &error);
        for (size_t e = 0; e < (size_t)ROWS * PIXELS; e++)
            if (actual[e] != 1.0f)
                fail_msg("%s: pixel %zu was read after the images were given back",
                         implementations[i].name, e);
        fm_matrix_free(x);
    }
    free(actual);
    free(image);
}

static void test_no_labels(void **state) {
    (void)state;
    const fm_images images = {.count = IMAGES, .pixels = 7, .image = pixels};
    for (size_t i = 0; i <= implementation_count; i++) {
        fm_error error = {0};
        fm_ops *ops = i < implementation_count ? implementations[i].ops : reference;
        fm_matrix *x = NULL, *logits = NULL;
        fm_samples *samples = NULL;
        fm_outcomes *outcomes = NULL;
        CHECK_OK(fm_samples_create(&samples, ops, &images, &error), &error);
        CHECK_OK(fm_matrix_create(&x, ops, 3, 7, &error), &error);
        CHECK_OK(fm_matrix_create(&logits, ops, 3, FM_CLASSES, &error), &error);
        CHECK_OK(fm_outcomes_create(&outcomes, ops, IMAGES, &error), &error);
        CHECK_OK(fm_ops_gather(ops, x, samples, 0, 3, &error), &error);
        assert_int_equal(
            fm_ops_loss(ops, NULL, outcomes, logits, samples, FM_CROSS_ENTROPY, 0, 3, &error),
            FM_E_ARGUMENT);
        fm_outcomes_free(outcomes);
        fm_samples_free(samples);
        fm_matrix_free(logits);
        fm_matrix_free(x);
    }
}

typedef struct loss_result {
    float losses[IMAGES];
    uint8_t classes[IMAGES];
    float gradient[IMAGES * FM_MAX_CLASSES];
} loss_result;

static void compute_loss(loss_result *out, fm_ops *ops, const float *logits, size_t classes,
                         enum fm_loss kind, size_t first, size_t rows) {
    fm_error error = {0};
    fm_matrix *in = NULL, *gradient = NULL;
    fm_outcomes *outcomes = NULL;
    fm_samples *samples = samples_of(ops, 1);
    CHECK_OK(fm_matrix_create(&in, ops, rows, classes, &error), &error);
    CHECK_OK(fm_matrix_create(&gradient, ops, rows, classes, &error), &error);
    CHECK_OK(fm_outcomes_create(&outcomes, ops, IMAGES, &error), &error);
    CHECK_OK(fm_matrix_write(in, logits, rows, &error), &error);
    CHECK_OK(fm_ops_loss(ops, gradient, outcomes, in, samples, kind, first, rows, &error), &error);
    CHECK_OK(fm_outcomes_read(out->losses, out->classes, outcomes, first, rows, &error), &error);
    CHECK_OK(fm_matrix_read(out->gradient, gradient, rows, &error), &error);
    fm_outcomes_free(outcomes);
    fm_matrix_free(gradient);
    fm_matrix_free(in);
    fm_samples_free(samples);
}

static void test_loss(void **state) {
    (void)state;
    static const size_t sizes[][3] = {/* classes, first, rows */
                                      {10, 0, 128},
                                      {10, 172, 128},
                                      {10, 5, 1},
                                      {16, 0, 7},
                                      {127, 0, 127}};
    static loss_result actual, expected;
    static float logits[IMAGES * FM_MAX_CLASSES];
    fm_random random;
    fm_random_seed(&random, 5, 99);
    /* Some rows are far from 0: an exp() of them alone would overflow. */
    for (size_t e = 0; e < sizeof logits / sizeof *logits; e++)
        logits[e] = 10 * fm_random_unit(&random) - 5 + (e / 127 % 5 == 0 ? 200.0f : 0.0f);
    logits[3] = logits[7] = 300.0f; /* a tie: the first wins */
    for (size_t i = 0; i < implementation_count; i++)
        for (int kind = FM_CROSS_ENTROPY; kind <= FM_MSE; kind++)
            for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
                size_t classes = sizes[s][0], first = sizes[s][1], rows = sizes[s][2];
                enum fm_loss loss = (enum fm_loss)kind;
                compute_loss(&actual, implementations[i].ops, logits, classes, loss, first, rows);
                compute_loss(&expected, reference, logits, classes, loss, first, rows);
                assert_memory_equal(actual.classes, expected.classes, rows);
                check_close(actual.losses, expected.losses, rows, TOLERANCE_ELEMENTWISE,
                            "%s: %s of %zu", implementations[i].name, fm_loss_name(loss), classes);
                check_close(actual.gradient, expected.gradient, rows * classes,
                            TOLERANCE_ELEMENTWISE, "%s: gradient of %s of %zu",
                            implementations[i].name, fm_loss_name(loss), classes);
            }
}

static void assert_near(float actual, double expected) {
    if (!(fabs((double)actual - expected) <= TOLERANCE_ELEMENTWISE * fabs(expected)))
        fail_msg("%.9g is not %.9g", (double)actual, expected);
}

/* The reference's own loss against numbers worked out by hand. */
static void test_loss_known(void **state) {
    (void)state;
    static loss_result got;
    const float logits[10] = {1, 3, 0, 0, 0, 0, 0, 0, 0, 0}; /* of image order[0] */
    double sum = exp(1) + exp(3) + 8;
    unsigned label = labels[order[0]];
    compute_loss(&got, reference, logits, 10, FM_CROSS_ENTROPY, 0, 1);
    assert_near(got.losses[0], log(sum) - (double)logits[label]);
    assert_near(got.gradient[1], exp(3) / sum - (label == 1));
    assert_int_equal(got.classes[0], 1);
    compute_loss(&got, reference, logits, 10, FM_MSE, 0, 1);
    double miss = (double)logits[label];
    assert_near(got.losses[0], (10 - miss * miss + (miss - 1) * (miss - 1)) / 10);
}

typedef struct prelu_result {
    float dz[1000 * 128];
    float state[3];
} prelu_result;

static void compute_prelu(prelu_result *out, fm_ops *ops, const float *dy, const float *z,
                          size_t rows, size_t cols, const fm_update *update) {
    fm_error error = {0};
    fm_matrix *gradient = NULL, *kept = NULL;
    fm_parameters *slope = NULL;
    const float start[3] = {-0.3f, 0.1f, 0.2f}; /* a slope may become negative */
    CHECK_OK(fm_matrix_create(&gradient, ops, rows, cols, &error), &error);
    CHECK_OK(fm_matrix_create(&kept, ops, rows, cols, &error), &error);
    CHECK_OK(fm_parameters_create(&slope, ops, 1, 0, 2, &error), &error);
    for (size_t slot = 0; slot < 3; slot++)
        CHECK_OK(fm_parameters_write(slope, slot, NULL, &start[slot], &error), &error);
    CHECK_OK(fm_matrix_write(gradient, dy, rows, &error), &error);
    CHECK_OK(fm_matrix_write(kept, z, rows, &error), &error);
    CHECK_OK(fm_ops_prelu_backward(ops, gradient, kept, slope, update, rows, &error), &error);
    CHECK_OK(fm_matrix_read(out->dz, gradient, rows, &error), &error);
    for (size_t slot = 0; slot < 3; slot++)
        CHECK_OK(fm_parameters_read(NULL, &out->state[slot], slope, slot, &error), &error);
    fm_parameters_free(slope);
    fm_matrix_free(kept);
    fm_matrix_free(gradient);
}

static void test_prelu_backward(void **state) {
    (void)state;
    static const size_t sizes[][2] = {{1, 1}, {7, 10}, {128, 127}, {1000, 128}, {16, 1}};
    static prelu_result actual, expected;
    static float dy[1000 * 128], z[1000 * 128];
    fm_random random;
    fm_random_seed(&random, 6, 99);
    for (size_t e = 0; e < sizeof z / sizeof *z; e++) {
        dy[e] = fm_random_unit(&random) - 0.5f;
        z[e] = e % 9 == 0 ? 0.0f : fm_random_unit(&random) - 0.5f;
    }
    for (size_t i = 0; i < implementation_count; i++)
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
            for (size_t o = 0; o <= optimizer_case_count; o++) {
                size_t rows = sizes[s][0], cols = sizes[s][1];
                fm_update update = {.rule = FM_UPDATE_KEEP};
                if (o)
                    fm_schedule_update(&update, &optimizer_cases[o - 1].optimizer, 3);
                compute_prelu(&actual, implementations[i].ops, dy, z, rows, cols, &update);
                compute_prelu(&expected, reference, dy, z, rows, cols, &update);
                check_close(actual.dz, expected.dz, rows * cols, TOLERANCE_ELEMENTWISE,
                            "%s: dz of %zu x %zu", implementations[i].name, rows, cols);
                check_close(actual.state, expected.state, 3, TOLERANCE_UPDATE(rows * cols),
                            "%s: slope after %zu x %zu, optimiser case %zu",
                            implementations[i].name, rows, cols, o);
            }
}

static int open_all(void **state) {
    fm_random random;
    fm_random_seed(&random, 4, 99);
    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = (uint8_t)fm_random_below(&random, 256);
    for (uint32_t i = 0; i < IMAGES; i++) {
        labels[i] = (uint8_t)(i % FM_CLASSES);
        order[i] = i;
    }
    fm_random_shuffle(&random, order, IMAGES);
    return parity_set_up(state);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gather),    cmocka_unit_test(test_samples_freed_while_work_is_queued),
        cmocka_unit_test(test_no_labels), cmocka_unit_test(test_loss_known),
        cmocka_unit_test(test_loss),      cmocka_unit_test(test_prelu_backward),
    };
    return cmocka_run_group_tests(tests, open_all, parity_tear_down);
}
