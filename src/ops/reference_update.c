/* The optimisers' rules, as ops/update.h states them. The state of a parameter at w stands at
 * w[size] and w[2 * size], as far as the optimiser keeps any. */
#include <math.h>

#include "ops/reference_memory.h"

static double adam(float *w, size_t size, double g, const fm_update *u) {
    float *s0 = w + size, *s1 = w + 2 * size;
    *s0 = (float)(*s0 + (double)u->rest1 * (g - *s0));
    *s1 = (float)((double)u->decay2 * *s1 + (double)u->rest2 * g * g);
    return (double)u->step_size * *s0 / (sqrt(*s1) * (double)u->root_scale + (double)u->eps);
}

static double sgd(float *w, size_t size, double g, const fm_update *u) {
    if (u->momentum != 0.0f) {
        float *s0 = w + size;
        *s0 = (float)((double)u->momentum * *s0 + g);
        g = u->nesterov ? g + (double)u->momentum * *s0 : *s0;
    }
    return (double)u->lr * g;
}

static double rmsprop(float *w, size_t size, double g, const fm_update *u) {
    float *s0 = w + size;
    *s0 = (float)((double)u->decay1 * *s0 + (double)u->rest1 * g * g);
    double step = g / (sqrt(*s0) + (double)u->eps);
    if (u->momentum != 0.0f) {
        float *s1 = w + 2 * size;
        *s1 = (float)((double)u->momentum * *s1 + step);
        step = *s1;
    }
    return (double)u->lr * step;
}

void fm_reference_update(float *w, size_t size, double gradient, const fm_update *update) {
    double g = gradient + (double)update->weight_decay * *w;
    switch (update->rule) {
    case FM_UPDATE_SGD:
        *w = (float)(*w - sgd(w, size, g, update));
        break;
    case FM_UPDATE_ADAM:
        *w = (float)(*w - adam(w, size, g, update));
        break;
    case FM_UPDATE_RMSPROP:
        *w = (float)(*w - rmsprop(w, size, g, update));
        break;
    case FM_UPDATE_KEEP:
    default:
        w[size] = (float)gradient;
    }
}
