/* The optimisers' rules, as ops/update.h states them, each over many parameters in a loop that
 * compilers turn into vectors. NULL is state that the optimiser does not keep. */
#include <math.h>

#include "base/clones.h"
#include "ops/reference_memory.h"

/* g, where all rules begin. */
#define DECAYED(i) (gradient[i] + (double)u->weight_decay * (double)w[i])

FM_CLONES static void adam(float *restrict w, float *restrict s0, float *restrict s1,
                           const double *restrict gradient, size_t count, const fm_update *u) {
    for (size_t i = 0; i < count; i++) {
        double g = DECAYED(i);
        s0[i] = (float)((double)s0[i] + (double)u->rest1 * (g - (double)s0[i]));
        s1[i] = (float)((double)u->decay2 * (double)s1[i] + (double)u->rest2 * g * g);
        double root = sqrt((double)s1[i]) * (double)u->root_scale + (double)u->eps;
        w[i] = (float)((double)w[i] - (double)u->step_size * (double)s0[i] / root);
    }
}

FM_CLONES static void sgd(float *restrict w, float *restrict s0, const double *restrict gradient,
                          size_t count, const fm_update *u) {
    const double momentum = (double)u->momentum;
    for (size_t i = 0; i < count; i++) {
        double step = DECAYED(i);
        if (s0) {
            s0[i] = (float)(momentum * (double)s0[i] + step);
            step = u->nesterov ? step + momentum * (double)s0[i] : (double)s0[i];
        }
        w[i] = (float)((double)w[i] - (double)u->lr * step);
    }
}

FM_CLONES static void rmsprop(float *restrict w, float *restrict s0, float *restrict s1,
                              const double *restrict gradient, size_t count, const fm_update *u) {
    for (size_t i = 0; i < count; i++) {
        double g = DECAYED(i);
        s0[i] = (float)((double)u->decay1 * (double)s0[i] + (double)u->rest1 * g * g);
        double step = g / (sqrt((double)s0[i]) + (double)u->eps);
        if (s1) {
            s1[i] = (float)((double)u->momentum * (double)s1[i] + step);
            step = (double)s1[i];
        }
        w[i] = (float)((double)w[i] - (double)u->lr * step);
    }
}

FM_CLONES static void keep(float *restrict s0, const float *restrict w,
                           const double *restrict gradient, size_t count, const fm_update *u) {
    for (size_t i = 0; i < count; i++)
        s0[i] = (float)DECAYED(i);
}

void fm_reference_update(float *w, size_t size, const double *gradient, size_t count,
                         const fm_update *update) {
    const int has_momentum = update->momentum != 0.0f;
    switch (update->rule) {
    case FM_UPDATE_SGD:
        sgd(w, has_momentum ? w + size : NULL, gradient, count, update);
        break;
    case FM_UPDATE_ADAM:
        adam(w, w + size, w + 2 * size, gradient, count, update);
        break;
    case FM_UPDATE_RMSPROP:
        rmsprop(w, w + size, has_momentum ? w + 2 * size : NULL, gradient, count, update);
        break;
    case FM_UPDATE_KEEP:
    default:
        keep(w + size, w, gradient, count, update);
    }
}
