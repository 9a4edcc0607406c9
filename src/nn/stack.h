/* A network as a stack of layers: the modules of PyTorch's nn.Sequential, in order. */
#ifndef FM_NN_STACK_H
#define FM_NN_STACK_H

#include "fmnist_cl/architecture.h"
#include "nn/layer.h"

enum { FM_MOST_LAYERS = 3 * FM_MAX_HIDDEN + 1 };

typedef struct fm_stack {
    size_t count;
    fm_layer layer[FM_MOST_LAYERS];
    int logits; /* the output of the last layer, once a graph has been made (pass.h) */
} fm_stack;

/* The layers of an architecture, which has been checked. */
void fm_stack_init(fm_stack *out, const fm_architecture *architecture);

/* Appends a layer that is, or follows, linear layer `number` (from 1). The stack must have room. */
void fm_stack_add(fm_stack *stack, fm_layer layer, size_t number);

/* The module number of linear layer `layer`, from 0, with which the names of its tensors in files
 * begin; its activation has the next number. It depends only on the layers before this one. Layers
 * beyond FM_MAX_HIDDEN are numbered as if they were like the last: a file may have too many. */
size_t fm_architecture_module(const fm_architecture *architecture, size_t layer);

#endif
