/* The trainer on small problems: epochs, steps, order, bits and observer. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "fmnist_cl/trainer.h"
#include "support/check.h"
#include "support/tolerances.h"

enum { IMAGES = 200, PIXELS = 30 };
static uint8_t pixels[IMAGES * PIXELS], labels[IMAGES];
static const fm_images images = {IMAGES, PIXELS, pixels, labels};

static fm_device_list *list;
static fm_device *devices[2]; /* the first OpenCL device, the reference */

static fm_weights *weights_of(enum fm_activation activation, size_t layers, size_t nodes) {
    fm_error error = {0};
    fm_weights *weights = NULL;
    fm_architecture a = {.inputs = PIXELS, .outputs = FM_CLASSES, .activation = activation};
    for (; a.hidden_count < layers; a.hidden_count++)
        a.hidden[a.hidden_count] = nodes;
    CHECK_OK(fm_weights_create(&weights, &a, &error), &error);
    fm_weights_randomize(weights, 1);
    return weights;
}

static fm_train_options small_options(void) {
    fm_train_options o;
    fm_train_options_init(&o);
    o.epochs = 3;
    o.batch_size = 16;
    o.seed = 7;
    return o;
}

/* All numbers of the weights, one after the other. */
static size_t flatten(float *out, fm_weights *weights) {
    const fm_architecture *a = fm_weights_architecture(weights);
    size_t used = 0, inputs = a->inputs;
    for (size_t l = 0; l <= a->hidden_count; l++) {
        size_t outputs = l < a->hidden_count ? a->hidden[l] : a->outputs;
        memcpy(out + used, fm_weights_matrix(weights, l), inputs * outputs * sizeof *out);
        used += inputs * outputs;
        memcpy(out + used, fm_weights_bias(weights, l), outputs * sizeof *out);
        used += outputs;
        if (fm_weights_slope(weights, l))
            out[used++] = *fm_weights_slope(weights, l);
        inputs = outputs;
    }
    assert_int_equal(used, fm_architecture_parameter_count(a));
    return used;
}

/* Calls of an observer. */
typedef struct seen {
    size_t epochs, progress_calls, last_done;
    double seconds_left; /* last reported */
    fm_epoch history[8];
    size_t stop_after; /* progress calls; 0: never */
    int refuse;        /* the epoch callback fails */
} seen;

static int see_progress(void *user, const fm_progress *p) {
    seen *s = user;
    s->progress_calls++;
    assert_true(p->images_done <= p->images);
    assert_true(p->epoch >= 1 && p->epoch <= p->epochs);
    s->last_done = p->images_done;
    s->seconds_left = p->seconds_left;
    return s->stop_after && s->progress_calls >= s->stop_after;
}

static int see_epoch(void *user, const fm_epoch *epoch, fm_error *error) {
    seen *s = user;
    s->history[s->epochs++] = *epoch;
    if (s->refuse)
        return fm_error_set(error, FM_E_FILE, "history.csv", "no space left");
    return FM_OK;
}

static fm_train_result train(fm_weights *weights, fm_device *device, const fm_train_options *o,
                             seen *s) {
    fm_error error = {0};
    fm_train_result result;
    const fm_observer observer = {.user = s, .progress = see_progress, .epoch = see_epoch};
    CHECK_OK(fm_train(&result, weights, device, &images, o, s ? &observer : NULL, &error), &error);
    return result;
}

static void test_learns(void **state) {
    (void)state;
    for (int d = 0; d < 2; d++) {
        fm_weights *weights = weights_of(FM_RELU, 2, 32);
        fm_train_options o = small_options();
        seen s = {0};
        o.epochs = 8;
        o.optimizer.lr = 0.01;
        fm_train_result result = train(weights, devices[d], &o, &s);
        assert_int_equal(s.epochs, 8);
        assert_int_equal(result.epochs, 8);
        assert_int_equal(result.steps, 8 * 10); /* 160 images in batches of 16 */
        assert_true(s.history[7].train.loss < s.history[0].train.loss / 2);
        assert_true(s.history[7].val.accuracy > 0.5); /* guessing gives 0.1 */
        for (size_t e = 0; e < 8; e++) {
            assert_int_equal(s.history[e].number, e + 1);
            assert_int_equal(s.history[e].steps, 10);
            assert_true(s.history[e].has_val);
            assert_true(s.history[e].seconds > 0);
            assert_true(s.history[e].val.accuracy <= s.history[result.best_epoch - 1].val.accuracy);
            /* On a tie, the earlier one. */
            if (e + 1 < result.best_epoch)
                assert_true(s.history[e].val.accuracy <
                            s.history[result.best_epoch - 1].val.accuracy);
        }
        fm_weights_free(weights);
    }
}

/* The same options and seed on the same device end with the same bits; another seed does not. */
static void test_same_bits(void **state) {
    (void)state;
    static float first[20000], again[20000], other[20000];
    for (int d = 0; d < 2; d++)
        for (int activation = FM_RELU; activation <= FM_ELU; activation++) {
            fm_weights *weights[3];
            fm_train_options o = small_options();
            o.batch_size = 13;
            for (int run = 0; run < 3; run++) {
                weights[run] = weights_of((enum fm_activation)activation, 2, 33);
                o.seed = run < 2 ? 7 : 8;
                train(weights[run], devices[d], &o, NULL);
            }
            size_t count = flatten(first, weights[0]);
            flatten(again, weights[1]);
            flatten(other, weights[2]);
            assert_memory_equal(first, again, count * sizeof *first);
            assert_memory_not_equal(first, other, count * sizeof *first);
            for (int run = 0; run < 3; run++)
                fm_weights_free(weights[run]);
        }
}

/* Sub-devices compute the same bits as the whole device. */
static void test_a_sub_device_gives_the_same_bits(void **state) {
    (void)state;
    static float whole[20000], part[20000];
    for (int d = 0; d < 2; d++) {
        fm_error error = {0};
        int number = fm_device_get_info(devices[d])->number;
        size_t parts = d ? 2 : fm_device_get_info(devices[d])->compute_units;
        parts = parts < 2 ? parts : 2;
        fm_train_options o = small_options();
        fm_weights *weights = weights_of(FM_PRELU, 2, 70);
        train(weights, devices[d], &o, NULL);
        size_t count = flatten(whole, weights);
        fm_weights_free(weights);
        for (size_t p = 0; p < parts; p++) {
            fm_device *device = NULL;
            const fm_device_setup setup = {.sub_device = p, .sub_devices = parts};
            int status = fm_device_open_as(&device, list, number, &setup, &error);
            if (status == FM_E_ARGUMENT && strstr(error.why, "at most 0 sub-devices"))
                break; /* rusticl has no sub-devices */
            CHECK_OK(status, &error);
            weights = weights_of(FM_PRELU, 2, 70);
            train(weights, device, &o, NULL);
            flatten(part, weights);
            assert_memory_equal(whole, part, count * sizeof *part);
            fm_weights_free(weights);
            fm_device_close(device);
        }
    }
}

/* Split and order depend only on the seed: both devices see the same batches, and so have the same
 * losses up to rounding. */
static void test_same_batches_on_any_device(void **state) {
    (void)state;
    seen s[2] = {{0}, {0}};
    fm_train_options o = small_options();
    o.max_steps = 7;
    for (int d = 0; d < 2; d++) {
        fm_weights *weights = weights_of(FM_ELU, 1, 16);
        train(weights, devices[d], &o, &s[d]);
        fm_weights_free(weights);
    }
    float actual[2] = {(float)s[0].history[0].train.loss, (float)s[0].history[0].val.loss};
    float expected[2] = {(float)s[1].history[0].train.loss, (float)s[1].history[0].val.loss};
    check_close(actual, expected, 2, TOLERANCE_TRAINING, "losses after 7 steps");
    assert_true(s[0].history[0].train.accuracy == s[1].history[0].train.accuracy);
}

static void test_every_batch_size(void **state) {
    (void)state;
    static const size_t sizes[] = {1, 7, 127, 128, 159, 160};
    static const size_t steps[] = {160, 23, 2, 2, 2, 1};
    for (int d = 0; d < 2; d++)
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            fm_weights *weights = weights_of(FM_RELU, 1, 8);
            fm_train_options o = small_options();
            o.batch_size = sizes[i];
            o.epochs = 1;
            fm_train_result result = train(weights, devices[d], &o, NULL);
            assert_int_equal(result.steps, steps[i]);
            fm_weights_free(weights);
        }
}

static void test_last_batch_is_used_with_its_own_mean(void **state) {
    (void)state;
    /* Two steps of SGD by hand: a batch of 199, then one of 1. A gradient divided by the full
     * batch size would hardly move the weights in the second. */
    static float both[1000], first[1000];
    fm_weights *weights[2];
    for (int d = 0; d < 2; d++) {
        fm_train_options o = small_options();
        fm_optimizer_init(&o.optimizer, FM_SGD);
        o.optimizer.lr = 1;
        o.val_fraction = 0;
        o.batch_size = IMAGES - 1;
        o.epochs = 1;
        for (int run = 0; run < 2; run++) {
            weights[run] = weights_of(FM_RELU, 0, 0);
            o.max_steps = run ? 1 : 0;
            train(weights[run], devices[d], &o, NULL);
        }
        size_t count = flatten(both, weights[0]);
        flatten(first, weights[1]);
        /* The bias's gradient of one image is softmax - one-hot: its entries' sizes sum to
         * 2 (1 - p), which is far from 0 for an untrained network. */
        double moved = 0;
        for (size_t i = count - FM_CLASSES; i < count; i++)
            moved += fabs((double)(both[i] - first[i]));
        assert_true(moved > 0.5);
        fm_weights_free(weights[0]);
        fm_weights_free(weights[1]);
    }
}

static void test_max_steps(void **state) {
    (void)state;
    fm_weights *weights = weights_of(FM_RELU, 1, 8);
    fm_train_options o = small_options();
    seen s = {0};
    o.max_steps = 12;
    fm_train_result result = train(weights, devices[0], &o, &s);
    assert_int_equal(result.steps, 12);
    assert_int_equal(result.epochs, 2);
    assert_int_equal(s.history[1].steps, 2);
    fm_weights_free(weights);
}

static void test_no_validation(void **state) {
    (void)state;
    fm_weights *weights = weights_of(FM_RELU, 1, 8);
    fm_train_options o = small_options();
    seen s = {0};
    o.val_fraction = 0;
    fm_train_result result = train(weights, devices[0], &o, &s);
    assert_int_equal(result.best_epoch, 0);
    assert_false(s.history[0].has_val);
    assert_int_equal(result.steps, 3 * 13);
    fm_weights_free(weights);
}

static void test_no_epochs(void **state) {
    (void)state;
    static float before[1000], after[1000];
    fm_weights *weights = weights_of(FM_RELU, 1, 8);
    fm_train_options o = small_options();
    o.epochs = 0;
    size_t count = flatten(before, weights);
    fm_train_result result = train(weights, devices[0], &o, NULL);
    flatten(after, weights);
    assert_int_equal(result.steps, 0);
    assert_memory_equal(before, after, count * sizeof *before);
    fm_weights_free(weights);
}

/* Progress is never ahead of the work, and reaches the end. */
static void test_progress(void **state) {
    (void)state;
    fm_weights *weights = weights_of(FM_RELU, 1, 8);
    fm_train_options o = small_options();
    seen s = {0};
    o.batch_size = 1;
    o.epochs = 1;
    train(weights, devices[1], &o, &s);
    assert_int_equal(s.progress_calls, 160 + 1); /* and one while it validates */
    assert_int_equal(s.last_done, 160);
    assert_true(s.seconds_left == 0);
    /* No time is left if max_steps ends it, within an epoch or at its end. */
    static const uint64_t limits[] = {3, 160, 165};
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        o.epochs = 2;
        o.max_steps = limits[i];
        train(weights, devices[1], &o, &s);
        assert_true(s.seconds_left == 0);
    }
    fm_weights_free(weights);
}

static void test_interrupted_keeps_the_weights(void **state) {
    (void)state;
    static float stopped[1000], planned[1000];
    for (int d = 0; d < 2; d++) {
        fm_error error = {0};
        fm_train_result result;
        seen s = {.stop_after = 15}; /* 10 steps, a validation, 4 steps */
        const fm_observer observer = {.user = &s, .progress = see_progress, .epoch = see_epoch};
        fm_train_options o = small_options();
        fm_weights *weights[2] = {weights_of(FM_RELU, 1, 8), weights_of(FM_RELU, 1, 8)};
        assert_int_equal(fm_train(&result, weights[0], devices[d], &images, &o, &observer, &error),
                         FM_E_INTERRUPTED);
        assert_int_equal(result.steps, 14);
        assert_int_equal(error.status, FM_E_INTERRUPTED);
        o.max_steps = 14;
        train(weights[1], devices[d], &o, NULL);
        size_t count = flatten(stopped, weights[0]);
        flatten(planned, weights[1]);
        assert_memory_equal(stopped, planned, count * sizeof *stopped);
        fm_weights_free(weights[0]);
        fm_weights_free(weights[1]);
    }
}

static void test_observers_error_ends_it(void **state) {
    (void)state;
    fm_error error = {0};
    fm_train_result result;
    seen s = {.refuse = 1};
    const fm_observer observer = {.user = &s, .epoch = see_epoch};
    fm_train_options o = small_options();
    fm_weights *weights = weights_of(FM_RELU, 1, 8);
    assert_int_equal(fm_train(&result, weights, devices[0], &images, &o, &observer, &error),
                     FM_E_FILE);
    assert_string_equal(error.what, "history.csv");
    assert_int_equal(s.epochs, 1);
    fm_weights_free(weights);
}

static int stop_at_epoch(void *user, const fm_epoch *epoch, fm_error *error) {
    (void)user;
    (void)epoch;
    (void)error;
    return 1;
}

/* The observer stops without a reason: earlier contents of the error do not count as one. */
static void test_stopped_after_an_epoch(void **state) {
    (void)state;
    fm_error error = {.status = FM_E_FILE, .what = "older"};
    fm_train_result result;
    const fm_observer observer = {.epoch = stop_at_epoch};
    fm_train_options o = small_options();
    fm_weights *weights = weights_of(FM_RELU, 1, 8);
    assert_int_equal(fm_train(&result, weights, devices[0], &images, &o, &observer, &error),
                     FM_E_INTERRUPTED);
    assert_int_equal(error.status, FM_E_INTERRUPTED);
    assert_string_equal(error.what, "training");
    assert_int_equal(fm_train(&result, weights, devices[0], &images, &o, &observer, NULL),
                     FM_E_INTERRUPTED);
    fm_weights_free(weights);
}

static void test_divergence_is_an_error(void **state) {
    (void)state;
    for (int d = 0; d < 2; d++)
        for (int activation = FM_RELU; activation <= FM_ELU; activation++) {
            fm_error error = {0};
            fm_train_result result;
            fm_train_options o = small_options();
            fm_weights *weights = weights_of((enum fm_activation)activation, 2, 16);
            fm_optimizer_init(&o.optimizer, FM_SGD);
            o.loss = FM_MSE;
            o.optimizer.lr = 1e6;
            assert_int_equal(fm_train(&result, weights, devices[d], &images, &o, NULL, &error),
                             FM_E_DIVERGED);
            assert_true(error.hint[0] != '\0');
            fm_weights_free(weights);
        }
}

static void test_bad_options(void **state) {
    (void)state;
    fm_train_result result;
    fm_weights *weights = weights_of(FM_RELU, 1, 8);
    const struct {
        double val_fraction;
        size_t batch_size;
    } bad[] = {{0.2, 0}, {0.2, 161}, {1, 1}, {-0.1, 1}, {NAN, 1}, {0.999, 1}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        fm_error error = {0};
        fm_train_options o = small_options();
        o.val_fraction = bad[i].val_fraction;
        o.batch_size = bad[i].batch_size;
        assert_int_equal(fm_train(&result, weights, devices[1], &images, &o, NULL, &error),
                         FM_E_ARGUMENT);
        assert_true(error.why[0] != '\0');
    }
    fm_images wrong = images;
    fm_train_options o = small_options();
    wrong.pixels = 10;
    assert_int_equal(fm_train(&result, weights, devices[1], &wrong, &o, NULL, NULL), FM_E_ARGUMENT);
    uint8_t beyond[IMAGES] = {[5] = FM_CLASSES};
    wrong = images;
    wrong.label = beyond;
    assert_int_equal(fm_train(&result, weights, devices[1], &wrong, &o, NULL, NULL), FM_E_ARGUMENT);
    fm_weights_free(weights);
}

static void test_deepest_and_widest(void **state) {
    (void)state;
    const struct {
        size_t layers, nodes;
    } shapes[] = {{FM_MAX_HIDDEN, 4}, {1, FM_MAX_WIDTH}, {2, 1}, {0, 0}};
    for (int d = 0; d < 2; d++)
        for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
            fm_weights *weights = weights_of(FM_RELU, shapes[i].layers, shapes[i].nodes);
            fm_train_options o = small_options();
            o.max_steps = 3;
            assert_int_equal(train(weights, devices[d], &o, NULL).steps, 3);
            fm_weights_free(weights);
        }
}

static int open_all(void **state) {
    (void)state;
    fm_error error = {0};
    const fm_device_info *info = NULL;
    fm_random random;
    /* The class decides where an image is bright; with noise. Easy to learn. */
    fm_random_seed(&random, 9, 99);
    for (size_t i = 0; i < IMAGES; i++) {
        labels[i] = (uint8_t)(i % FM_CLASSES);
        for (size_t p = 0; p < PIXELS; p++)
            pixels[i * PIXELS + p] =
                (uint8_t)((p / 3 == labels[i] ? 120 : 0) + fm_random_below(&random, 120));
    }
    CHECK_OK(fm_device_list_create(&list, &error), &error);
    CHECK_OK(fm_device_list_choose(&info, list, NULL, &error), &error);
    CHECK_OK(fm_device_open(&devices[0], list, info->number, FM_GEMM_AUTO, &error), &error);
    CHECK_OK(fm_device_list_choose(&info, list, "reference", &error), &error);
    CHECK_OK(fm_device_open(&devices[1], list, info->number, FM_GEMM_AUTO, &error), &error);
    return 0;
}

static int close_all(void **state) {
    (void)state;
    fm_device_close(devices[0]);
    fm_device_close(devices[1]);
    fm_device_list_free(list);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_learns),
        cmocka_unit_test(test_same_bits),
        cmocka_unit_test(test_a_sub_device_gives_the_same_bits),
        cmocka_unit_test(test_same_batches_on_any_device),
        cmocka_unit_test(test_every_batch_size),
        cmocka_unit_test(test_last_batch_is_used_with_its_own_mean),
        cmocka_unit_test(test_max_steps),
        cmocka_unit_test(test_no_validation),
        cmocka_unit_test(test_no_epochs),
        cmocka_unit_test(test_progress),
        cmocka_unit_test(test_interrupted_keeps_the_weights),
        cmocka_unit_test(test_observers_error_ends_it),
        cmocka_unit_test(test_stopped_after_an_epoch),
        cmocka_unit_test(test_divergence_is_an_error),
        cmocka_unit_test(test_bad_options),
        cmocka_unit_test(test_deepest_and_widest),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
