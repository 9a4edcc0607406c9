/* A network's weights in host memory and in safetensors files. */
#ifndef FMNIST_CL_WEIGHTS_H
#define FMNIST_CL_WEIGHTS_H

#include <stdint.h>

#include "fmnist_cl/architecture.h"
#include "fmnist_cl/decls.h"

FM_BEGIN_DECLS

typedef struct fm_weights fm_weights;

/* Initially zero, PReLU slopes 0.25. Free with fm_weights_free. FM_E_ARGUMENT or FM_E_MEMORY. */
int fm_weights_create(fm_weights **out, const fm_architecture *architecture, fm_error *error);
void fm_weights_free(fm_weights *weights);

/* PyTorch's default initialization of Linear: weights and biases uniform in +-1/sqrt(inputs of the
 * layer); slopes 0.25. Depends only on seed and architecture. */
void fm_weights_randomize(fm_weights *weights, uint64_t seed);

const fm_architecture *fm_weights_architecture(const fm_weights *weights);

/* Both must have the same inputs, widths, outputs and activation. */
void fm_weights_copy(fm_weights *out, const fm_weights *weights);

/* Views, valid as long as the weights. layer is 0 to hidden_count. fm_weights_slope is NULL unless
 * the activation is PReLU and the layer is a hidden layer. */
float *fm_weights_matrix(fm_weights *weights, size_t layer); /* [outputs][inputs] */
float *fm_weights_bias(fm_weights *weights, size_t layer);   /* [outputs] */
float *fm_weights_slope(fm_weights *weights, size_t layer);  /* [1] */
/* All parameters, layer by layer: fm_architecture_parameter_count floats. */
float *fm_weights_values(fm_weights *weights);

/* Reads a safetensors file of a stack of linear layers, as PyTorch, JAX or Keras users have it.
 * With the tensor names of nn.Sequential(Linear, ReLU, Linear, ...): "0.weight" [outputs, inputs],
 * "0.bias" [outputs], for PReLU "1.weight" [1], then "2.weight" ... Other names, prefixes and
 * separators are accepted if names and shapes allow only one order; so are matrices [inputs,
 * outputs], layers without a bias, and F16, BF16 and F64. The shapes determine the widths. The
 * activation is that in the metadata ("activation"), else PReLU if there are slopes, else ReLU. All
 * content is validated. FM_E_FILE, FM_E_FORMAT or FM_E_MEMORY. */
int fm_weights_load(fm_weights **out, const char *path, fm_error *error);

/* How a file was read. */
typedef struct fm_weights_origin {
    int lacks_activation; /* it does not tell the activation */
    char note[256];       /* what differs from a file that this program writes; may be empty */
} fm_weights_origin;

/* The same; a network whose file does not tell the activation gets the given one. NULL: ReLU. */
int fm_weights_load_as(fm_weights **out, fm_weights_origin *origin, const char *path,
                       const enum fm_activation *activation, fm_error *error);

/* Writes such a file atomically: to a temporary file, which is flushed to the disk and renamed to
 * path. FM_E_FILE or FM_E_MEMORY. */
int fm_weights_save(const fm_weights *weights, const char *path, fm_error *error);

FM_END_DECLS

#endif
