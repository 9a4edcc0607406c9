/* The architecture of a network, without its weights. */
#ifndef FMNIST_CL_ARCHITECTURE_H
#define FMNIST_CL_ARCHITECTURE_H

#include <stddef.h>

#include "fmnist_cl/activation.h"
#include "fmnist_cl/decls.h"
#include "fmnist_cl/error.h"

FM_BEGIN_DECLS

enum { FM_MAX_HIDDEN = 64, FM_MAX_WIDTH = 8192 };

/* inputs -> hidden[0] -> ... -> hidden[hidden_count - 1] -> outputs, each arrow a linear layer
 * y = x W^T + b, each hidden layer followed by the activation and perhaps by dropout. */
typedef struct fm_architecture {
    size_t inputs;                /* 1 to FM_MAX_WIDTH */
    size_t outputs;               /* 1 to FM_MAX_WIDTH */
    size_t hidden_count;          /* 0 to FM_MAX_HIDDEN */
    size_t hidden[FM_MAX_HIDDEN]; /* each 1 to FM_MAX_WIDTH */
    enum fm_activation activation;
    /* Dropout after each activation, in training only: nothing; one probability, 0 to 0.9999, for
     * all hidden layers; or one for each. */
    size_t dropout_count;
    double dropout[FM_MAX_HIDDEN];
} fm_architecture;

/* FM_E_ARGUMENT if a member is out of range. */
int fm_architecture_check(const fm_architecture *architecture, fm_error *error);

/* The number of weights, biases and slopes together. */
size_t fm_architecture_parameter_count(const fm_architecture *architecture);

/* "784-256-256-10", truncated to size. */
void fm_architecture_text(char *out, size_t size, const fm_architecture *architecture);

FM_END_DECLS

#endif
