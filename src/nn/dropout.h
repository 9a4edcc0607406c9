/* Dropout as a layer: in training each element becomes 0 with a probability, and the others are
 * scaled so that their expected value stays (inverted dropout, torch.nn.Dropout). */
#ifndef FM_NN_DROPOUT_H
#define FM_NN_DROPOUT_H

#include "nn/layer.h"

/* rate in (0, 1). */
fm_layer fm_dropout_layer(float rate, size_t width);

#endif
