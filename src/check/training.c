#include "check/training.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "check/compare.h"
#include "fmnist_cl/weights.h"
#include "nn/network.h"

/* The last batch of an epoch is smaller. */
enum { IMAGES = 60, PIXELS = 40, BATCH = 16, EPOCHS = 2 };

/* Rounding errors accumulate from step to step, and Adam divides by the size of the gradient. */
static const double losses_allowed = 1e-4, weights_allowed = 1e-3;

typedef struct outcome {
    fm_weights *weights;
    float losses[IMAGES]; /* of the last epoch */
} outcome;

/* Images that can be learnt: the class decides where an image is bright. */
static void make_images(uint8_t *pixels, uint8_t *labels) {
    fm_random random;
    fm_random_seed(&random, 1, FM_STREAM_CHECK);
    for (size_t i = 0; i < IMAGES; i++) {
        labels[i] = (uint8_t)(i % FM_CLASSES);
        for (size_t p = 0; p < PIXELS; p++)
            pixels[i * PIXELS + p] =
                (uint8_t)((p / 4 == labels[i] ? 120 : 0) + fm_random_below(&random, 120));
    }
}

static int train(fm_network *network, fm_samples *samples, fm_outcomes *outcomes, fm_error *error) {
    fm_batch batch = {.seed = 1};
    size_t queued;
    int status = FM_OK;
    for (batch.epoch = 1; batch.epoch <= EPOCHS; batch.epoch++)
        for (batch.first = 0; !status && batch.first < IMAGES; batch.first += BATCH) {
            batch.step++;
            batch.rows = IMAGES - batch.first < BATCH ? IMAGES - batch.first : BATCH;
            status = fm_network_step(&queued, network, samples, outcomes, &batch, error);
        }
    return status;
}

static int run(outcome *out, fm_backend *backend, const fm_architecture *architecture,
               const fm_optimizer *optimizer, fm_error *error) {
    const fm_network_setup setup = {
        .batch_size = BATCH, .optimizer = optimizer, .loss = FM_CROSS_ENTROPY};
    uint8_t pixels[IMAGES * PIXELS], labels[IMAGES];
    const fm_images images = {IMAGES, PIXELS, pixels, labels};
    fm_network *network = NULL;
    fm_samples *samples = NULL;
    fm_outcomes *outcomes = NULL;
    make_images(pixels, labels);
    int status = fm_weights_create(&out->weights, architecture, error);
    if (status)
        return status;
    fm_weights_randomize(out->weights, 1);
    status = fm_network_create_on(&network, backend, out->weights, &setup, error);
    if (!status)
        status = fm_samples_create(&samples, backend, &images, error);
    if (!status)
        status = fm_outcomes_create(&outcomes, backend, IMAGES, error);
    if (!status)
        status = train(network, samples, outcomes, error);
    if (!status)
        status = fm_network_read(out->weights, network, error);
    if (!status)
        status = fm_outcomes_read(out->losses, NULL, outcomes, 0, IMAGES, error);
    fm_outcomes_free(outcomes);
    fm_samples_free(samples);
    fm_network_free(network);
    return status;
}

static int compare_weights(const outcome *actual, const outcome *expected, const char *text,
                           fm_error *error) {
    const fm_architecture *a = fm_weights_architecture(expected->weights);
    size_t inputs = a->inputs;
    int status = FM_OK;
    for (size_t l = 0; !status && l <= a->hidden_count; l++) {
        size_t outputs = l < a->hidden_count ? a->hidden[l] : a->outputs;
        char array[64];
        snprintf(array, sizeof array, "the weights of layer %zu", l + 1);
        status = fm_check_compare(fm_weights_matrix(actual->weights, l),
                                  fm_weights_matrix(expected->weights, l), outputs * inputs, inputs,
                                  weights_allowed, text, array, error);
        inputs = outputs;
    }
    return status;
}

/* Compares all bits; the weights are one array. */
static int check_same(const outcome *one, const outcome *two, const char *text, fm_error *error) {
    const size_t count = fm_architecture_parameter_count(fm_weights_architecture(one->weights));
    if (!memcmp(fm_weights_matrix(one->weights, 0), fm_weights_matrix(two->weights, 0),
                count * sizeof(float)) &&
        !memcmp(one->losses, two->losses, sizeof one->losses))
        return FM_OK;
    return fm_error_set(error, FM_E_WRONG, "the device",
                        "computes differently each time: %s gave other bits when repeated", text);
}

int fm_check_training(fm_backend *backend, fm_backend *reference, enum fm_activation activation,
                      const fm_optimizer *optimizer, fm_error *error) {
    const fm_architecture architecture = {.inputs = PIXELS,
                                          .outputs = FM_CLASSES,
                                          .hidden_count = 2,
                                          .hidden = {33, 17},
                                          .activation = activation};
    outcome *outcomes = NULL; /* of the reference, the device, and the device again */
    char text[128], widths[32];
    fm_architecture_text(widths, sizeof widths, &architecture);
    snprintf(text, sizeof text, "training of %s, %s, %s, batches of %d", widths,
             fm_activation_name(activation), fm_optimizer_name(optimizer->kind), BATCH);
    int status = fm_memory_allocate(&outcomes, 3, sizeof *outcomes, "the check", error);
    if (status)
        return status;
    status = run(&outcomes[0], reference, &architecture, optimizer, error);
    for (size_t i = 1; !status && i < 3; i++)
        status = run(&outcomes[i], backend, &architecture, optimizer, error);
    if (!status)
        status = fm_check_compare(outcomes[1].losses, outcomes[0].losses, IMAGES, 1, losses_allowed,
                                  text, "the losses", error);
    if (!status)
        status = compare_weights(&outcomes[1], &outcomes[0], text, error);
    if (!status)
        status = check_same(&outcomes[1], &outcomes[2], text, error);
    for (size_t i = 0; i < 3; i++)
        fm_weights_free(outcomes[i].weights);
    free(outcomes);
    return status;
}
