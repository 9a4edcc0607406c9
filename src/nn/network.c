#include "nn/network.h"

#include <stdlib.h>

#include "base/memory.h"
#include "ops/device.h"
#include "optim/schedule.h"

/* However small the batches of the training are, validation goes in larger ones: as many rows as
 * fit into so many bytes of activations, and no more than PREDICT_ROWS. */
enum { PREDICT_BYTES = 32 << 20, PREDICT_ROWS = 512 };

static size_t width(const fm_architecture *a, size_t layer) {
    return layer < a->hidden_count ? a->hidden[layer] : a->outputs;
}

static size_t capacity_for(const fm_architecture *a, size_t batch) {
    size_t floats = a->inputs;
    for (size_t l = 0; l <= a->hidden_count; l++)
        floats += width(a, l);
    size_t rows = PREDICT_BYTES / (floats * sizeof(float));
    rows = rows < PREDICT_ROWS ? rows : PREDICT_ROWS;
    return batch > rows ? batch : rows;
}

/* batch: the rows of a training batch, where there is an optimiser. */
static int layer_create(fm_network *network, size_t l, const fm_optimizer *optimizer, size_t batch,
                        fm_error *error) {
    fm_layer *layer = &network->layers[l];
    const fm_architecture *a = &network->architecture;
    fm_ops *ops = network->ops;
    size_t inputs = l ? width(a, l - 1) : a->inputs, outputs = width(a, l);
    size_t slots = optimizer ? fm_schedule_slots(optimizer) : 0;
    int has_slope = a->activation == FM_PRELU && l < a->hidden_count;
    int status = fm_parameters_create(&layer->parameters, ops, outputs, inputs, slots, error);
    if (!status && has_slope)
        status = fm_parameters_create(&layer->slope, ops, 1, 0, slots, error);
    if (!status)
        status = fm_matrix_create(&layer->y, ops, network->capacity, outputs, error);
    if (!status && optimizer && has_slope)
        status = fm_matrix_create(&layer->z, ops, network->capacity, outputs, error);
    if (!status && optimizer)
        status = fm_matrix_create(&layer->dy, ops, batch, outputs, error);
    return status;
}

int fm_network_create(fm_network **out, fm_device *device, const fm_weights *weights,
                      size_t batch_capacity, const fm_optimizer *optimizer, fm_error *error) {
    return fm_network_create_on(out, fm_device_ops(device), weights, batch_capacity, optimizer,
                                error);
}

int fm_network_create_on(fm_network **out, fm_ops *ops, const fm_weights *weights,
                         size_t batch_capacity, const fm_optimizer *optimizer, fm_error *error) {
    *out = NULL;
    fm_network *network = NULL;
    int status = fm_memory_allocate(&network, 1, sizeof *network, "a network", error);
    if (status)
        return status;
    network->ops = ops;
    network->architecture = *fm_weights_architecture(weights);
    network->capacity = capacity_for(&network->architecture, batch_capacity);
    network->layer_count = network->architecture.hidden_count + 1;
    status = fm_matrix_create(&network->x, network->ops, network->capacity,
                              network->architecture.inputs, error);
    for (size_t l = 0; !status && l < network->layer_count; l++)
        status = layer_create(network, l, optimizer, batch_capacity, error);
    if (!status)
        status = fm_network_write(network, weights, error);
    if (status)
        fm_network_free(network);
    else
        *out = network;
    return status;
}

void fm_network_free(fm_network *network) {
    if (!network)
        return;
    for (size_t l = network->layer_count; l-- > 0;) {
        fm_layer *layer = &network->layers[l];
        fm_parameters_free(layer->parameters);
        fm_parameters_free(layer->slope);
        fm_matrix_free(layer->y);
        fm_matrix_free(layer->z);
        fm_matrix_free(layer->dy);
    }
    fm_matrix_free(network->x);
    free(network);
}

const fm_architecture *fm_network_architecture(const fm_network *network) {
    return &network->architecture;
}

static int same_architecture(const fm_network *network, const fm_weights *weights,
                             fm_error *error) {
    const fm_architecture *a = &network->architecture, *b = fm_weights_architecture(weights);
    int same = a->inputs == b->inputs && a->outputs == b->outputs &&
               a->hidden_count == b->hidden_count && a->activation == b->activation;
    for (size_t l = 0; same && l < a->hidden_count; l++)
        same = a->hidden[l] == b->hidden[l];
    if (!same)
        return fm_error_set(error, FM_E_ARGUMENT, "weights", "are those of another network");
    return FM_OK;
}

int fm_network_read_slot(fm_weights *out, fm_network *network, size_t slot, fm_error *error) {
    int status = same_architecture(network, out, error);
    for (size_t l = 0; !status && l < network->layer_count; l++) {
        fm_layer *layer = &network->layers[l];
        status = fm_parameters_read(fm_weights_matrix(out, l), fm_weights_bias(out, l),
                                    layer->parameters, slot, error);
        if (!status && layer->slope)
            status = fm_parameters_read(NULL, fm_weights_slope(out, l), layer->slope, slot, error);
    }
    return status;
}

int fm_network_write_slot(fm_network *network, size_t slot, const fm_weights *weights,
                          fm_error *error) {
    int status = same_architecture(network, weights, error);
    /* The views are for reading here; fm_weights gives them out for both uses. */
    fm_weights *w = (fm_weights *)weights;
    for (size_t l = 0; !status && l < network->layer_count; l++) {
        fm_layer *layer = &network->layers[l];
        status = fm_parameters_write(layer->parameters, slot, fm_weights_matrix(w, l),
                                     fm_weights_bias(w, l), error);
        if (!status && layer->slope)
            status = fm_parameters_write(layer->slope, slot, NULL, fm_weights_slope(w, l), error);
    }
    return status;
}

int fm_network_read(fm_weights *out, fm_network *network, fm_error *error) {
    return fm_network_read_slot(out, network, 0, error);
}

int fm_network_write(fm_network *network, const fm_weights *weights, fm_error *error) {
    return fm_network_write_slot(network, 0, weights, error);
}

int fm_network_predict(float *out, fm_network *network, const fm_images *images, fm_error *error) {
    fm_samples *samples = NULL;
    size_t outputs = network->architecture.outputs;
    fm_matrix *logits = network->layers[network->layer_count - 1].y;
    int status = fm_samples_create(&samples, network->ops, images, error);
    for (size_t first = 0; !status && first < images->count; first += network->capacity) {
        size_t left = images->count - first;
        size_t rows = left < network->capacity ? left : network->capacity;
        status = fm_network_forward(network, samples, first, rows, error);
        if (!status)
            status = fm_matrix_read(out + first * outputs, logits, rows, error);
    }
    fm_samples_free(samples);
    return status;
}
