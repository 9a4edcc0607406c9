/* The trainer on small problems: epochs, steps, order, bits and observer. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/check.h"
#include "support/tolerances.h"
#include "support/trainings.h"

static fm_weights *weights_of(enum fm_activation activation, size_t layers, size_t nodes) {
    fm_architecture a = {.inputs = TRAIN_PIXELS, .outputs = FM_CLASSES, .activation = activation};
    for (; a.hidden_count < layers; a.hidden_count++)
        a.hidden[a.hidden_count] = nodes;
    return make_weights(&a);
}

static fm_train_options small_options(void) {
    fm_train_options o;
    fm_train_options_init(&o);
    o.epochs = 3;
    o.batch_size = 16;
    o.seed = 7;
    return o;
}

/* Calls of an observer. */
typedef struct seen {
    size_t epochs, progress_calls, last_done;
    double seconds_left; /* last reported */
    fm_epoch history[8];
    size_t stop_after;       /* progress calls; 0: never */
    int refuse;              /* the epoch callback fails */
    enum fm_status recorded; /* with this error */
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
    if (s->recorded)
        fm_error_set(error, (int)s->recorded, "history.csv", "no space left");
    return s->refuse;
}

static fm_train_result train(fm_weights *weights, fm_device *device, const fm_train_options *o,
                             seen *s) {
    fm_error error = {0};
    fm_train_result result;
    const fm_observer observer = {.user = s, .progress = see_progress, .epoch = see_epoch};
    CHECK_OK(fm_train(&result, weights, device, &train_images, o, s ? &observer : NULL, &error),
             &error);
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
        fm_train_result result = train(weights, train_devices[d], &o, &s);
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
    for (int d = 0; d < 2; d++)
        for (int activation = FM_RELU; activation <= FM_ELU; activation++) {
            fm_weights *weights[3];
            fm_train_options o = small_options();
            o.batch_size = 13;
            for (int run = 0; run < 3; run++) {
                weights[run] = weights_of((enum fm_activation)activation, 2, 33);
                o.seed = run < 2 ? 7 : 8;
                train(weights[run], train_devices[d], &o, NULL);
            }
            assert_true(same_weights(weights[0], weights[1]));
            assert_false(same_weights(weights[0], weights[2]));
            for (int run = 0; run < 3; run++)
                fm_weights_free(weights[run]);
        }
}

/* Sub-devices compute the same bits as the whole device. */
static void test_a_sub_device_gives_the_same_bits(void **state) {
    (void)state;
    fm_device_list *list = NULL;
    assert_int_equal(fm_device_list_create(&list, NULL), FM_OK);
    for (int d = 0; d < 2; d++) {
        fm_error error = {0};
        int number = fm_device_get_info(train_devices[d])->number;
        size_t parts = d ? 2 : fm_device_get_info(train_devices[d])->compute_units;
        parts = parts < 2 ? parts : 2;
        fm_train_options o = small_options();
        fm_weights *whole = weights_of(FM_PRELU, 2, 70);
        train(whole, train_devices[d], &o, NULL);
        for (size_t p = 0; p < parts; p++) {
            fm_device *device = NULL;
            const fm_device_setup setup = {.sub_device = p, .sub_devices = parts};
            int status = fm_device_open_as(&device, list, number, &setup, &error);
            if (status == FM_E_ARGUMENT && strstr(error.why, "at most 0 sub-devices"))
                break; /* rusticl has no sub-devices */
            CHECK_OK(status, &error);
            fm_weights *part = weights_of(FM_PRELU, 2, 70);
            train(part, device, &o, NULL);
            assert_true(same_weights(whole, part));
            fm_weights_free(part);
            fm_device_close(device);
        }
        fm_weights_free(whole);
    }
    fm_device_list_free(list);
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
        train(weights, train_devices[d], &o, &s[d]);
        fm_weights_free(weights);
    }
    float actual[2] = {(float)s[0].history[0].train.loss, (float)s[0].history[0].val.loss};
    float expected[2] = {(float)s[1].history[0].train.loss, (float)s[1].history[0].val.loss};
    check_close(actual, expected, 2, TOLERANCE_TRAINING, "losses after 7 steps");
    assert_true(s[0].history[0].train.accuracy == s[1].history[0].train.accuracy);
}

/* Numbers of epochs and steps. 160 images are trained on, or 200 without validation. */
static void test_epochs_and_steps(void **state) {
    (void)state;
    static const struct {
        size_t epochs, batch_size;
        uint64_t max_steps;
        double val_fraction;
        size_t wanted_epochs, wanted_steps, last_steps;
    } cases[] = {
        {1, 1, 0, 0.2, 1, 160, 160}, {1, 7, 0, 0.2, 1, 23, 23},    {1, 127, 0, 0.2, 1, 2, 2},
        {1, 128, 0, 0.2, 1, 2, 2},   {1, 159, 0, 0.2, 1, 2, 2},    {1, 160, 0, 0.2, 1, 1, 1},
        {3, 16, 12, 0.2, 2, 12, 2},  {3, 16, 0, 0, 3, 3 * 13, 13}, {0, 16, 0, 0.2, 0, 0, 0},
    };
    for (size_t i = 0; i < 2 * sizeof cases / sizeof *cases; i++) {
        fm_weights *weights = weights_of(FM_RELU, 1, 8), *start = weights_of(FM_RELU, 1, 8);
        fm_train_options o = small_options();
        o.epochs = cases[i / 2].epochs;
        o.batch_size = cases[i / 2].batch_size;
        o.max_steps = cases[i / 2].max_steps;
        o.val_fraction = cases[i / 2].val_fraction;
        const fm_train_result result = train(weights, train_devices[i % 2], &o, NULL);
        assert_int_equal(result.epochs, cases[i / 2].wanted_epochs);
        assert_int_equal(result.steps, cases[i / 2].wanted_steps);
        assert_int_equal(result.last.steps, cases[i / 2].last_steps);
        assert_int_equal(result.best_epoch > 0, o.epochs && o.val_fraction > 0);
        assert_int_equal(result.last.has_val, o.epochs && o.val_fraction > 0);
        assert_int_equal(same_weights(weights, start), o.epochs == 0);
        fm_weights_free(weights);
        fm_weights_free(start);
    }
}

static void test_last_batch_is_used_with_its_own_mean(void **state) {
    (void)state;
    /* Two steps of SGD by hand: a batch of 199, then one of 1. A gradient divided by the full
     * batch size would hardly move the weights in the second. */
    fm_weights *weights[2];
    for (int d = 0; d < 2; d++) {
        fm_train_options o = small_options();
        fm_optimizer_init(&o.optimizer, FM_SGD);
        o.optimizer.lr = 1;
        o.val_fraction = 0;
        o.batch_size = TRAIN_IMAGES - 1;
        o.epochs = 1;
        for (int run = 0; run < 2; run++) {
            weights[run] = weights_of(FM_RELU, 0, 0);
            o.max_steps = run ? 1 : 0;
            train(weights[run], train_devices[d], &o, NULL);
        }
        const float *both = fm_weights_bias(weights[0], 0), *first = fm_weights_bias(weights[1], 0);
        /* The bias's gradient of one image is softmax - one-hot: its entries' sizes sum to
         * 2 (1 - p), which is far from 0 for an untrained network. */
        double moved = 0;
        for (size_t i = 0; i < FM_CLASSES; i++)
            moved += fabs((double)(both[i] - first[i]));
        assert_true(moved > 0.5);
        fm_weights_free(weights[0]);
        fm_weights_free(weights[1]);
    }
}

/* Progress is never ahead of the work, and reaches the end. */
static void test_progress(void **state) {
    (void)state;
    fm_weights *weights = weights_of(FM_RELU, 1, 8);
    fm_train_options o = small_options();
    seen s = {0};
    o.batch_size = 1;
    o.epochs = 1;
    train(weights, train_devices[1], &o, &s);
    assert_int_equal(s.progress_calls, 160 + 1); /* and one while it validates */
    assert_int_equal(s.last_done, 160);
    assert_true(s.seconds_left == 0);
    /* No time is left if max_steps ends it, within an epoch or at its end. */
    static const uint64_t limits[] = {3, 160, 165};
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        o.epochs = 2;
        o.max_steps = limits[i];
        train(weights, train_devices[1], &o, &s);
        assert_true(s.seconds_left == 0);
    }
    fm_weights_free(weights);
}

static void test_interrupted_keeps_the_weights(void **state) {
    (void)state;
    for (int d = 0; d < 2; d++) {
        fm_error error = {0};
        fm_train_result result;
        seen s = {.stop_after = 15}; /* 10 steps, a validation, 4 steps */
        const fm_observer observer = {.user = &s, .progress = see_progress, .epoch = see_epoch};
        fm_train_options o = small_options();
        fm_weights *weights[2] = {weights_of(FM_RELU, 1, 8), weights_of(FM_RELU, 1, 8)};
        assert_int_equal(
            fm_train(&result, weights[0], train_devices[d], &train_images, &o, &observer, &error),
            FM_E_INTERRUPTED);
        assert_int_equal(result.steps, 14);
        assert_int_equal(error.status, FM_E_INTERRUPTED);
        o.max_steps = 14;
        train(weights[1], train_devices[d], &o, NULL);
        assert_true(same_weights(weights[0], weights[1]));
        fm_weights_free(weights[0]);
        fm_weights_free(weights[1]);
    }
}

/* A callback that fails ends the training with the error that it recorded. If it recorded none, it
 * is an interruption: earlier contents of the error do not count. */
static void test_a_callback_ends_it(void **state) {
    (void)state;
    static const enum fm_status recorded[] = {FM_E_FILE, FM_OK};
    for (size_t i = 0; i < 2; i++) {
        const int expected = recorded[i] ? FM_E_FILE : FM_E_INTERRUPTED;
        fm_error error = {.status = FM_E_MEMORY, .what = "older"};
        fm_train_result result;
        seen s = {.refuse = 1, .recorded = recorded[i]};
        const fm_observer observer = {.user = &s, .epoch = see_epoch};
        fm_train_options o = small_options();
        fm_weights *weights = weights_of(FM_RELU, 1, 8);
        assert_int_equal(
            fm_train(&result, weights, train_devices[0], &train_images, &o, &observer, &error),
            expected);
        assert_int_equal(error.status, expected);
        assert_string_equal(error.what, recorded[i] ? "history.csv" : "training");
        assert_int_equal(s.epochs, 1);
        assert_int_equal(
            fm_train(&result, weights, train_devices[0], &train_images, &o, &observer, NULL),
            expected);
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
        assert_int_equal(
            fm_train(&result, weights, train_devices[1], &train_images, &o, NULL, &error),
            FM_E_ARGUMENT);
        assert_true(error.why[0] != '\0');
    }
    fm_images wrong = train_images;
    fm_train_options o = small_options();
    wrong.pixels = 10;
    assert_int_equal(fm_train(&result, weights, train_devices[1], &wrong, &o, NULL, NULL),
                     FM_E_ARGUMENT);
    uint8_t beyond[TRAIN_IMAGES] = {[5] = FM_CLASSES};
    wrong = train_images;
    wrong.label = beyond;
    assert_int_equal(fm_train(&result, weights, train_devices[1], &wrong, &o, NULL, NULL),
                     FM_E_ARGUMENT);
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
            assert_int_equal(train(weights, train_devices[d], &o, NULL).steps, 3);
            fm_weights_free(weights);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_learns),
        cmocka_unit_test(test_same_bits),
        cmocka_unit_test(test_a_sub_device_gives_the_same_bits),
        cmocka_unit_test(test_same_batches_on_any_device),
        cmocka_unit_test(test_epochs_and_steps),
        cmocka_unit_test(test_last_batch_is_used_with_its_own_mean),
        cmocka_unit_test(test_progress),
        cmocka_unit_test(test_interrupted_keeps_the_weights),
        cmocka_unit_test(test_a_callback_ends_it),
        cmocka_unit_test(test_bad_options),
        cmocka_unit_test(test_deepest_and_widest),
    };
    return cmocka_run_group_tests(tests, trainings_set_up, trainings_tear_down);
}
