/* The optimizers' rules (formulas: common/step.h). A kernel applies them at the end of a tile, while the
 * gradient is still in registers.
 *
 *   parameters   [1 + slots][size]: the values w, then the state s0 and s1
 */
#ifndef FM_COMMON_UPDATE_CL
#define FM_COMMON_UPDATE_CL

#include "common/step.h"

/* Defines the update of one float or of a vector. p points to the first parameter; `size` is the
 * distance from a value to its state. */
#define DEFINE_UPDATE(NAME, T)                                                                     \
    void NAME(__global float *p, int size, T gradient, fm_update u) {                              \
        __global T *w = (__global T *)p;                                                           \
        __global T *s0 = (__global T *)(p + size);                                                 \
        __global T *s1 = (__global T *)(p + 2 * size);                                             \
        if (u.rule == FM_UPDATE_STORE) {                                                           \
            *w = gradient;                                                                         \
            return;                                                                                \
        }                                                                                          \
        T value = *w;                                                                              \
        T g = gradient + u.weight_decay * value;                                                   \
        if (u.rule == FM_UPDATE_ADAM) {                                                            \
            T m = *s0 + u.rest1 * (g - *s0);                                                       \
            T v = u.decay2 * *s1 + u.rest2 * g * g;                                                \
            *s0 = m;                                                                               \
            *s1 = v;                                                                               \
            *w = value - u.step_size * m / (sqrt(v) * u.root_scale + u.eps);                       \
        } else if (u.rule == FM_UPDATE_SGD) {                                                      \
            if (u.momentum != 0.0f) {                                                              \
                T b = u.momentum * *s0 + g;                                                        \
                *s0 = b;                                                                           \
                g = u.nesterov ? g + u.momentum * b : b;                                           \
            }                                                                                      \
            *w = value - u.lr * g;                                                                 \
        } else {                                                                                   \
            T v = u.decay1 * *s0 + u.rest1 * g * g;                                                \
            *s0 = v;                                                                               \
            T d = g / (sqrt(v) + u.eps);                                                           \
            if (u.momentum != 0.0f) {                                                              \
                d += u.momentum * *s1;                                                             \
                *s1 = d;                                                                           \
            }                                                                                      \
            *w = value - u.lr * d;                                                                 \
        }                                                                                          \
    }

DEFINE_UPDATE(update, float)

#endif
