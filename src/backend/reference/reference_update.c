/* Each rule is one loop over all parameters, which compilers vectorize. A state pointer is NULL if
 * the optimizer does not keep that state. */
#include "backend/reference/reference.h"

#include <math.h>

#include "base/clones.h"

/* The gradient with weight decay, the first step of all rules. */
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

void fm_reference_update(const fm_reference_run *run) {
    const size_t count = run->node->outputs * (run->node->inputs + 1);
    const double *gradient = fm_reference_gradient(run, 1);
    const fm_update *update = &run->step->update;
    const int has_momentum = update->momentum != 0.0f;
    float *w = fm_reference_parameters(run, 0, 0), *s0 = fm_reference_parameters(run, 0, 1);
    float *s1 = fm_reference_parameters(run, 0, 2);
    if (update->rule == FM_UPDATE_ADAM)
        adam(w, s0, s1, gradient, count, update);
    else if (update->rule == FM_UPDATE_RMSPROP)
        rmsprop(w, s0, has_momentum ? s1 : NULL, gradient, count, update);
    else
        sgd(w, has_momentum ? s0 : NULL, gradient, count, update);
}
