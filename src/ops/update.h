/* What the end of a weight gradient does with it: an optimiser's rule with this step's numbers.
 *
 * The same struct is declared in kernels/update.cl; every member is four bytes wide. The rules are
 * those of torch.optim; g is the gradient, w the parameter, s0 and s1 its state:
 *   always   g += weight_decay * w
 *   SGD      s0 = momentum * s0 + g;  w -= lr * (nesterov ? g + momentum * s0 : s0)
 *            (momentum 0: no state, w -= lr * g)
 *   Adam     s0 += (1 - beta1) (g - s0);  s1 = beta2 * s1 + (1 - beta2) g^2
 *            w -= step_size * s0 / (sqrt(s1) * root_scale + eps)
 *   RMSprop  s0 = alpha * s0 + (1 - alpha) g^2;  d = g / (sqrt(s0) + eps)
 *            momentum 0: w -= lr * d;  else s1 = momentum * s1 + d;  w -= lr * s1
 *   KEEP     s0 = g and w stays: the gradient itself, for who wants to look at it */
#ifndef FM_OPS_UPDATE_H
#define FM_OPS_UPDATE_H

#include <stdint.h>

enum fm_update_rule { FM_UPDATE_KEEP, FM_UPDATE_SGD, FM_UPDATE_ADAM, FM_UPDATE_RMSPROP };

typedef struct fm_update {
    int32_t rule; /* enum fm_update_rule */
    int32_t nesterov;
    float lr;
    float weight_decay;
    float momentum;
    float decay1; /* Adam: beta1; RMSprop: alpha */
    float rest1;  /* 1 - decay1, rounded once from double */
    float decay2; /* Adam: beta2 */
    float rest2;  /* 1 - decay2 */
    float eps;
    float step_size;  /* Adam: lr / (1 - beta1^t) */
    float root_scale; /* Adam: 1 / sqrt(1 - beta2^t) */
} fm_update;

#endif
