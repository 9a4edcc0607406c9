/* The layer that applies an activation to the product before it. */
#ifndef FM_NN_ACTIVATION_LAYER_H
#define FM_NN_ACTIVATION_LAYER_H

#include "nn/layer.h"

/* It must directly follow a linear layer with `width` outputs. */
fm_layer fm_activation_layer(enum fm_activation activation, size_t width);

#endif
