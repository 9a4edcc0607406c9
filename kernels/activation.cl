/* The activations and their derivatives, for one float and for vectors. The numbers FM_RELU and so
 * on are those of enum fm_activation, given when the program is built.
 *
 * Comparisons are written so that a NaN stays one. */

#define DEFINE_ACTIVATE(NAME, T)                                                                   \
    T NAME(T z, int activation, float slope) {                                                     \
        if (activation == FM_RELU)                                                                 \
            return z < (T)0.0f ? (T)0.0f : z;                                                      \
        if (activation == FM_PRELU)                                                                \
            return z < (T)0.0f ? slope * z : z;                                                    \
        if (activation == FM_ELU)                                                                  \
            return z < (T)0.0f ? expm1(z) : z;                                                     \
        return z;                                                                                  \
    }

DEFINE_ACTIVATE(activate_one, float)

/* gradient * activation'(z), told from the output y. PReLU's cannot be told from y when the slope
 * is negative: prelu.cl. */
#define DEFINE_ACTIVATION_BACKWARD(NAME, T)                                                        \
    T NAME(T gradient, T y, int activation) {                                                      \
        if (activation == FM_RELU)                                                                 \
            return y <= (T)0.0f ? (T)0.0f : gradient;                                              \
        if (activation == FM_ELU)                                                                  \
            return y <= (T)0.0f ? gradient * (y + (T)1.0f) : gradient;                             \
        return gradient;                                                                           \
    }

DEFINE_ACTIVATION_BACKWARD(activation_backward, float)
