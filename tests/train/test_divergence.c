/* A training that becomes non-finite names the step, which is compared with trainings that end
 * before it, and the operation. */
/* wrap: fm_reference_create */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "backend/reference/reference.h"
#include "support/check.h"
#include "support/faulty_reference.h"
#include "support/trainings.h"

/* The fault of the next reference that is created. */
static fault next_fault = {.place = FAULT_NONE};
int __real_fm_reference_create(fm_backend **out, fm_error *error);
int __wrap_fm_reference_create(fm_backend **out, fm_error *error);
int __wrap_fm_reference_create(fm_backend **out, fm_error *error) {
    fault wanted = next_fault;
    next_fault.place = FAULT_NONE;
    if (wanted.place == FAULT_NONE)
        return __real_fm_reference_create(out, error);
    *out = faulty_reference(wanted);
    return FM_OK;
}

enum { TRAIN = 160, BATCH = 16, EPOCH_STEPS = TRAIN / BATCH };

static fm_weights *weights_of(enum fm_activation activation) {
    const fm_architecture a = {.inputs = TRAIN_PIXELS,
                               .outputs = FM_CLASSES,
                               .hidden_count = 2,
                               .hidden = {16, 12},
                               .activation = activation};
    return make_weights(&a);
}

static fm_train_options options_of(enum fm_optimizer_kind kind, enum fm_loss loss, double lr) {
    fm_train_options o;
    fm_train_options_init(&o);
    o.epochs = 5;
    o.batch_size = BATCH;
    o.loss = loss;
    fm_optimizer_init(&o.optimizer, kind);
    o.optimizer.lr = lr;
    return o;
}

static int count_epochs(void *user, const fm_epoch *epoch, fm_error *error) {
    (void)error;
    *(size_t *)user = epoch->number;
    return 0;
}

/* Trains from the initial weights; *epochs is the number of reported epochs. */
static int train(fm_weights **weights, size_t *epochs, fm_device *device,
                 enum fm_activation activation, const fm_train_options *o, fm_error *error) {
    fm_train_result result;
    const fm_observer observer = {.user = epochs, .epoch = count_epochs};
    *epochs = 0;
    *weights = weights_of(activation);
    *error = (fm_error){0};
    return fm_train(&result, *weights, device, &train_images, o, &observer, error);
}

static int is_finite(fm_weights *weights) {
    const float *values = fm_weights_matrix(weights, 0);
    for (size_t i = fm_architecture_parameter_count(fm_weights_architecture(weights)); i-- > 0;)
        if (!isfinite(values[i]))
            return 0;
    return 1;
}

/* The smallest number of steps after which the training fails. */
static size_t first_failing(fm_device *device, enum fm_activation activation, fm_train_options o) {
    int failed = 0;
    for (o.max_steps = 1; !failed; o.max_steps++) {
        fm_error error;
        fm_weights *weights;
        size_t epochs;
        int status = train(&weights, &epochs, device, activation, &o, &error);
        /* If it is validated after this step, it may fail before the end of the epoch. */
        failed = status && !strstr(error.why, "validation");
        fm_weights_free(weights);
    }
    return o.max_steps - 1;
}

static void test_step_and_operation(void **state) {
    (void)state;
    static const struct {
        enum fm_activation activation;
        enum fm_optimizer_kind kind;
        enum fm_loss loss;
        double lr, momentum;
    } cases[] = {
        {FM_RELU, FM_SGD, FM_MSE, 1e6, 0}, /* at once */
        {FM_IDENTITY, FM_SGD, FM_MSE, 20, 0},
        {FM_ELU, FM_SGD, FM_MSE, 30, 0},
        {FM_PRELU, FM_SGD, FM_MSE, 30, 0},
        {FM_RELU, FM_ADAM, FM_CROSS_ENTROPY, 1e30, 0},
        {FM_PRELU, FM_RMSPROP, FM_MSE, 1e20, 0},
        /* The momentum of the gradients grows tenfold in each step, for about 40 steps. */
        {FM_RELU, FM_SGD, FM_CROSS_ENTROPY, 1e-30, 10},
        {FM_PRELU, FM_SGD, FM_CROSS_ENTROPY, 1e-38, 10},
    };
    size_t late = 0;
    for (int d = 0; d < 2; d++) {
        fm_device *device = train_devices[d];
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            fm_error error;
            fm_weights *weights;
            size_t epochs;
            char when[96];
            fm_train_options o = options_of(cases[i].kind, cases[i].loss, cases[i].lr);
            o.optimizer.momentum = cases[i].momentum;
            int status = train(&weights, &epochs, device, cases[i].activation, &o, &error);
            if (status != FM_E_DIVERGED)
                fail_msg("case %zu: %d %s", i, status, error.why);
            const size_t step = first_failing(device, cases[i].activation, o);
            snprintf(when, sizeof when, "(NaN or Inf): epoch %zu, step %zu (%zu in all), first in ",
                     (step - 1) / EPOCH_STEPS + 1, (step - 1) % EPOCH_STEPS + 1, step);
            const char *place = strstr(error.why, when);
            if (!place || !(strstr(place, "linear_") || strstr(place, "prelu_backward") ||
                            strstr(place, "loss (") || strstr(place, "update of layer ")))
                fail_msg("case %zu: '%s' in '%s'", i, when, error.why);
            /* An update has the shape of the parameters, other operations the rows of a batch. */
            if (!strstr(place, "update of layer ") && !strstr(place, "(16 x ") &&
                !strstr(place, "(16 rows)"))
                fail_msg("case %zu: not the rows of a batch in '%s'", i, error.why);
            assert_non_null(strstr(error.hint, "smaller learning rate"));
            /* The weights are the last good ones: those at the end of the epoch before. */
            assert_int_equal(epochs, (step - 1) / EPOCH_STEPS);
            assert_true(is_finite(weights));
            late += step > EPOCH_STEPS;
            fm_weights_free(weights);
        }
    }
    assert_true(late > 0); /* some cases fail after the first epoch */
}

static int count_progress(void *user, const fm_progress *progress) {
    (void)progress;
    ++*(size_t *)user;
    return 0;
}

/* It ends not at the end of the epoch, but when the queue is next empty: after the first step. */
static void test_ends_before_the_epoch_does(void **state) {
    (void)state;
    for (int d = 0; d < 2; d++) {
        fm_error error = {0};
        fm_train_result result;
        size_t count = 0;
        const fm_observer observer = {.user = &count, .progress = count_progress};
        fm_device *device = train_devices[d];
        fm_train_options o = options_of(FM_SGD, FM_CROSS_ENTROPY, 1e-3);
        fm_weights *weights = weights_of(FM_RELU);
        fm_weights_matrix(weights, 2)[0] = NAN;
        assert_int_equal(fm_train(&result, weights, device, &train_images, &o, &observer, &error),
                         FM_E_DIVERGED);
        assert_non_null(strstr(error.why, "epoch 1, step 1 (1 in all), first in linear_forward"));
        assert_int_equal(count, 0);
        fm_weights_free(weights);
    }
}

/* The training images are fine, but one validation image gives a non-finite loss. */
static void test_validation(void **state) {
    (void)state;
    static uint8_t dark[TRAIN_IMAGES * TRAIN_PIXELS];
    fm_images set = train_images;
    set.image = dark;
    memset(dark, 0, sizeof dark);
    memset(dark + (TRAIN + 21) * TRAIN_PIXELS, 255, TRAIN_PIXELS);
    for (int d = 0; d < 2; d++) {
        fm_error error = {0};
        fm_train_result result;
        fm_device *device = train_devices[d];
        fm_train_options o = options_of(FM_SGD, FM_CROSS_ENTROPY, 1e-3);
        fm_weights *weights = weights_of(FM_RELU);
        o.shuffle = 0;
        for (size_t i = 0; i < TRAIN_PIXELS * 16; i++)
            fm_weights_matrix(weights, 0)[i] = 3e38f;
        assert_int_equal(fm_train(&result, weights, device, &set, &o, NULL, &error), FM_E_DIVERGED);
        if (!strstr(error.why, "epoch 1, validation after step 10, first in linear_forward of "
                               "layer 1 (") ||
            !strstr(error.why, " x 30 to 16): y is inf in row "))
            fail_msg("'%s'", error.why);
        fm_weights_free(weights);
    }
}

/* Only the device gives non-finite values, so a smaller learning rate would not help. */
static void test_only_on_the_device(void **state) {
    (void)state;
    static const struct {
        fault fault;
        const char *why, *hint;
    } cases[] = {
        {{.place = FAULT_UPDATE_WEIGHT, .kind = FAULT_NAN},
         "epoch 1, step 1 (1 in all); on the reference they stay finite",
         "devices --check"},
        {{.place = FAULT_LOSS, .kind = FAULT_NAN, .from_call = 4, .most_calls = 1},
         "epoch 1; when the epoch was repeated they stayed finite",
         "devices --check"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fm_error error;
        fm_weights *weights;
        size_t epochs;
        const fm_train_options o = options_of(FM_ADAM, FM_CROSS_ENTROPY, 0.003);
        next_fault = cases[i].fault;
        fm_device *device = open_device("reference", FM_GEMM_AUTO);
        int status = train(&weights, &epochs, device, FM_RELU, &o, &error);
        assert_int_equal(status, FM_E_DIVERGED);
        if (!strstr(error.why, cases[i].why) || !strstr(error.hint, cases[i].hint))
            fail_msg("case %zu: '%s', '%s'", i, error.why, error.hint);
        assert_true(is_finite(weights));
        fm_weights_free(weights);
        fm_device_close(device);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_step_and_operation),
        cmocka_unit_test(test_ends_before_the_epoch_does),
        cmocka_unit_test(test_validation),
        cmocka_unit_test(test_only_on_the_device),
    };
    return cmocka_run_group_tests(tests, trainings_set_up, trainings_tear_down);
}
