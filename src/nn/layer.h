/* What a kind of layer is: the tensors it declares, and the operations it consists of, forward and
 * backward. Each kind is one file, layer_NAME.c. A network is a stack of layers (stack.h); pass.h
 * makes graphs of it. */
#ifndef FM_NN_LAYER_H
#define FM_NN_LAYER_H

#include <stddef.h>

#include "fmnist_cl/activation.h"

struct fm_graph; /* graph/graph.h */

typedef struct fm_layer fm_layer;

typedef struct fm_layer_kind {
    /* Declares the layer's tensors: the same in every graph, including unused ones. */
    void (*declare)(fm_layer *layer, struct fm_graph *graph);
    /* Appends the operations that compute the output from the tensor x, and returns the output. */
    int (*forward)(fm_layer *layer, struct fm_graph *graph, int x, int is_training);
    /* Appends the operations that compute the gradient of the input from dy, the gradient of the
     * output, which they may overwrite. Returns the gradient of the input. */
    int (*backward)(fm_layer *layer, struct fm_graph *graph, int dy);
    /* Appends the operation that computes the gradient of the layer's parameters; NULL: this kind
     * has none. */
    void (*gradient)(const fm_layer *layer, struct fm_graph *graph);
} fm_layer_kind;

enum { FM_LAYER_TENSORS = 2 };

struct fm_layer {
    const fm_layer_kind *kind;
    size_t inputs, outputs;
    enum fm_activation activation; /* of an activation layer */
    float rate;                /* of a dropout layer: the probability that an element becomes 0 */
    size_t module;             /* its number in PyTorch's nn.Sequential, from 0 */
    size_t number;             /* of the linear layer that this is or follows; from 1 */
    int parameters, gradient;  /* FM_NONE: the layer has no parameters */
    int x, dy;                 /* what forward and backward were called with */
    int own[FM_LAYER_TENSORS]; /* further tensors; the layer's file names them */
};

/* The kinds. An activation layer must directly follow a linear layer with `width` outputs; a
 * dropout layer has a rate in (0, 1). */
fm_layer fm_linear_layer(size_t inputs, size_t outputs);
fm_layer fm_activation_layer(enum fm_activation activation, size_t width);
fm_layer fm_dropout_layer(float rate, size_t width);

#endif
