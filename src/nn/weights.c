/* A network's weights on the host: one flat allocation with the matrix, the bias and, with PReLU,
 * the slope of each layer. */
#include "fmnist_cl/weights.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"

static const float first_slope = 0.25f; /* torch.nn.PReLU's default */

typedef struct weights_layer {
    size_t inputs, outputs;
    float *matrix; /* [outputs][inputs] */
    float *bias;   /* [outputs] */
    float *slope;  /* [1] or NULL */
} weights_layer;

struct fm_weights {
    fm_architecture architecture;
    float *values;
    weights_layer layers[FM_MAX_HIDDEN + 1];
};

static void reset_slopes(fm_weights *weights) {
    for (size_t i = 0; i <= weights->architecture.hidden_count; i++)
        if (weights->layers[i].slope)
            *weights->layers[i].slope = first_slope;
}

static void place_layers(fm_weights *weights) {
    const fm_architecture *architecture = &weights->architecture;
    float *next = weights->values;
    size_t inputs = architecture->inputs;
    for (size_t i = 0; i <= architecture->hidden_count; i++) {
        int is_hidden = i < architecture->hidden_count;
        weights_layer *here = &weights->layers[i];
        here->inputs = inputs;
        here->outputs = is_hidden ? architecture->hidden[i] : architecture->outputs;
        here->matrix = next;
        here->bias = here->matrix + here->outputs * here->inputs;
        next = here->bias + here->outputs;
        if (is_hidden && architecture->activation == FM_PRELU)
            here->slope = next++;
        inputs = here->outputs;
    }
}

int fm_weights_create(fm_weights **out, const fm_architecture *architecture, fm_error *error) {
    fm_weights *weights = NULL;
    *out = NULL;
    int status = fm_architecture_check(architecture, error);
    if (!status)
        status = fm_memory_allocate(&weights, 1, sizeof *weights, "weights", error);
    if (status)
        return status;
    status = fm_memory_allocate(&weights->values, fm_architecture_parameter_count(architecture),
                                sizeof(float), "weights", error);
    if (status) {
        free(weights);
        return status;
    }
    weights->architecture = *architecture;
    place_layers(weights);
    reset_slopes(weights);
    *out = weights;
    return FM_OK;
}

void fm_weights_free(fm_weights *weights) {
    if (!weights)
        return;
    free(weights->values);
    free(weights);
}

static void randomize(float *values, size_t count, float bound, fm_random *random) {
    for (size_t i = 0; i < count; i++)
        values[i] = (2.0f * fm_random_unit(random) - 1.0f) * bound;
}

void fm_weights_randomize(fm_weights *weights, uint64_t seed) {
    fm_random random;
    fm_random_seed(&random, seed, FM_STREAM_WEIGHTS);
    for (size_t i = 0; i <= weights->architecture.hidden_count; i++) {
        const weights_layer *here = &weights->layers[i];
        /* torch.nn.Linear draws the matrix with kaiming_uniform_(a = sqrt(5)): the bound is
         * sqrt(3) * sqrt(2 / (1 + a^2)) / sqrt(inputs), which is 1 / sqrt(inputs); it draws the
         * bias with that same bound. */
        float bound = 1.0f / sqrtf((float)here->inputs);
        randomize(here->matrix, here->outputs * here->inputs, bound, &random);
        randomize(here->bias, here->outputs, bound, &random);
    }
    reset_slopes(weights);
}

const fm_architecture *fm_weights_architecture(const fm_weights *weights) {
    return &weights->architecture;
}

void fm_weights_copy(fm_weights *out, const fm_weights *weights) {
    memcpy(out->values, weights->values,
           fm_architecture_parameter_count(&weights->architecture) * sizeof *out->values);
}

float *fm_weights_matrix(fm_weights *weights, size_t layer) {
    return layer <= weights->architecture.hidden_count ? weights->layers[layer].matrix : NULL;
}

float *fm_weights_bias(fm_weights *weights, size_t layer) {
    return layer <= weights->architecture.hidden_count ? weights->layers[layer].bias : NULL;
}

float *fm_weights_slope(fm_weights *weights, size_t layer) {
    return layer <= weights->architecture.hidden_count ? weights->layers[layer].slope : NULL;
}

float *fm_weights_values(fm_weights *weights) {
    return weights->values;
}
