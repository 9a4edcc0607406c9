#include "tune/stepper.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/random.h"
#include "nn/network.h"
#include "train/order.h"

struct fm_stepper {
    fm_backend *backend;
    fm_network *network;
    fm_samples *samples;
    fm_outcomes *outcomes;
    size_t count; /* number of images */
    fm_batch batch;
};

/* The order of a training: random, but sorted by class within a batch. */
static int set_order(fm_stepper *stepper, const uint8_t *labels, fm_error *error) {
    const size_t count = stepper->count, batch = stepper->batch.rows;
    uint32_t *order = NULL;
    fm_random random;
    int status = fm_memory_allocate(&order, 2 * count, sizeof *order, "the order of images", error);
    if (status)
        return status;
    fm_random_seed(&random, 2, FM_STREAM_TUNE);
    for (size_t i = 0; i < count; i++)
        order[i] = (uint32_t)i;
    fm_random_shuffle(&random, order, count);
    for (size_t first = 0; first < count; first += batch)
        fm_order_by_class(order + count + first, order + first,
                          count - first < batch ? count - first : batch, labels);
    status = fm_samples_set_order(stepper->samples, order + count, count, error);
    free(order);
    return status;
}

static int create_network(fm_stepper *stepper, const fm_architecture *architecture,
                          fm_error *error) {
    fm_optimizer adam;
    fm_weights *weights = NULL;
    const fm_network_setup setup = {
        .batch_size = stepper->batch.rows, .optimizer = &adam, .loss = FM_CROSS_ENTROPY};
    fm_optimizer_init(&adam, FM_ADAM);
    int status = fm_weights_create(&weights, architecture, error);
    if (status)
        return status;
    fm_weights_randomize(weights, 1);
    status = fm_network_create_on(&stepper->network, stepper->backend, weights, &setup, error);
    fm_weights_free(weights);
    return status;
}

int fm_stepper_create(fm_stepper **out, fm_backend *backend, const fm_architecture *architecture,
                      size_t batch_size, const fm_images *images, fm_error *error) {
    fm_stepper *stepper = NULL;
    *out = NULL;
    int status = fm_memory_allocate(&stepper, 1, sizeof *stepper, "a training", error);
    if (status) {
        fm_backend_free(backend);
        return status;
    }
    stepper->backend = backend;
    stepper->batch = (fm_batch){.epoch = 1, .seed = 1, .rows = batch_size};
    stepper->count = images->count;
    status = create_network(stepper, architecture, error);
    if (!status)
        status = fm_samples_create(&stepper->samples, backend, images, error);
    if (!status)
        status = set_order(stepper, images->label, error);
    if (!status)
        status = fm_outcomes_create(&stepper->outcomes, backend, images->count, error);
    if (status)
        fm_stepper_free(stepper);
    else
        *out = stepper;
    return status;
}

void fm_stepper_free(fm_stepper *stepper) {
    if (!stepper)
        return;
    fm_outcomes_free(stepper->outcomes);
    fm_samples_free(stepper->samples);
    fm_network_free(stepper->network);
    fm_backend_free(stepper->backend);
    free(stepper);
}

static int take_step(fm_stepper *s, fm_error *error) {
    size_t queued;
    s->batch.step++;
    if (s->count - s->batch.first < s->batch.rows)
        s->batch.first = 0;
    int status = fm_network_step(&queued, s->network, s->samples, s->outcomes, &s->batch, error);
    s->batch.first += s->batch.rows;
    return status;
}

int fm_stepper_run(double *seconds, fm_stepper *stepper, size_t steps, fm_error *error) {
    const double began = fm_clock_seconds();
    int status = FM_OK;
    for (size_t i = 0; !status && i < steps; i++)
        status = take_step(stepper, error);
    if (!status)
        status = fm_backend_finish(stepper->backend, error);
    *seconds = fm_clock_seconds() - began;
    return status;
}

int fm_stepper_read(fm_weights *out, fm_stepper *stepper, fm_error *error) {
    return fm_network_read(out, stepper->network, error);
}
