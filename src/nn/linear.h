/* The layer y = x W^T + b. */
#ifndef FM_NN_LINEAR_H
#define FM_NN_LINEAR_H

#include "nn/layer.h"

fm_layer fm_linear_layer(size_t inputs, size_t outputs);

#endif
