/* The activations and their derivatives, for one float and for vectors. The comparisons preserve NaN. */
#ifndef FM_COMMON_ACTIVATION_CL
#define FM_COMMON_ACTIVATION_CL

#include "common/numbers.h"

/* OpenCL C has no templates, so a macro defines the function for each type T. */
#define DEFINE_ACTIVATE(NAME, T)                                                                   \
    T NAME(T z, int activation, float slope) {                                                     \
        if (activation == ACTIVATION_RELU)                                                         \
            return z < (T)0.0f ? (T)0.0f : z;                                                      \
        if (activation == ACTIVATION_PRELU)                                                        \
            return z < (T)0.0f ? slope * z : z;                                                    \
        if (activation == ACTIVATION_ELU)                                                          \
            return z < (T)0.0f ? expm1(z) : z;                                                     \
        return z;                                                                                  \
    }

/* gradient * activation'(z), computed from the output y. For PReLU see common/prelu.cl: with a negative
 * slope, y does not determine the derivative. */
#define DEFINE_ACTIVATION_BACKWARD(NAME, T)                                                        \
    T NAME(T gradient, T y, int activation) {                                                      \
        if (activation == ACTIVATION_RELU)                                                         \
            return y <= (T)0.0f ? (T)0.0f : gradient;                                              \
        if (activation == ACTIVATION_ELU)                                                          \
            return y <= (T)0.0f ? gradient * (y + (T)1.0f) : gradient;                             \
        return gradient;                                                                           \
    }

DEFINE_ACTIVATE(activate, float)
DEFINE_ACTIVATION_BACKWARD(activation_backward, float)

#endif
