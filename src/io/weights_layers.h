/* Finds the layers of a network in the tensors of a safetensors file, however the program that
 * wrote it names and orders them: "0.weight" and "2.weight" of nn.Sequential, "module.fc1.weight",
 * "dense_1/kernel:0" of Keras, "W1". */
#ifndef FM_IO_WEIGHTS_LAYERS_H
#define FM_IO_WEIGHTS_LAYERS_H

#include "fmnist_cl/architecture.h"
#include "io/safetensors.h"

typedef struct fm_weights_layer {
    const fm_tensor *matrix, *bias; /* bias NULL: the layer has none */
    size_t inputs, outputs;
} fm_weights_layer;

typedef struct fm_weights_layers {
    size_t count; /* at least 1 */
    fm_weights_layer layer[FM_MAX_HIDDEN + 1];
    int is_transposed;  /* matrices are [inputs, outputs], as in Keras and JAX */
    size_t slope_count; /* none; one for all hidden layers; or one for each */
    const fm_tensor *slope[FM_MAX_HIDDEN];
    size_t ignored; /* tensors that are counters and do not affect the network */
} fm_weights_layers;

/* All tensors must belong to the network, and names and shapes must allow only one order of the
 * layers. Matrices and biases then fit each other, and their type is a float. With only_ours, only
 * names such as "0.weight" count, other tensors are ignored, and biases must exist. FM_E_FORMAT. */
int fm_weights_layers_find(fm_weights_layers *out, const fm_safetensors *file, int only_ours,
                           const char *path, fm_error *error);

#endif
