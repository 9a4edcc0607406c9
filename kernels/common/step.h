/* The numbers that change from step to step: the only argument of a plan that is not fixed. C and
 * OpenCL C include this file, so host and device agree; every member is four bytes wide. */
#ifndef FM_COMMON_STEP_H
#define FM_COMMON_STEP_H

/* How an update uses a gradient g. w is the parameter, s0 and s1 are its state. The rules are those
 * of torch.optim:
 *
 *   always   g += weight_decay * w
 *   SGD      s0 = momentum * s0 + g;  w -= lr * (nesterov ? g + momentum * s0 : s0)
 *            momentum 0: no state, w -= lr * g
 *   Adam     s0 += (1 - beta1) (g - s0);  s1 = beta2 * s1 + (1 - beta2) g^2
 *            w -= step_size * s0 / (sqrt(s1) * root_scale + eps)
 *   RMSprop  s0 = alpha * s0 + (1 - alpha) g^2;  d = g / (sqrt(s0) + eps)
 *            momentum 0: w -= lr * d;  else s1 = momentum * s1 + d;  w -= lr * s1
 *
 * STORE is only for kernels: w = g, where w is the memory of the gradient. */
enum fm_update_rule { FM_UPDATE_STORE, FM_UPDATE_SGD, FM_UPDATE_ADAM, FM_UPDATE_RMSPROP };

typedef struct fm_update {
    int rule; /* enum fm_update_rule */
    int nesterov;
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

typedef struct fm_step {
    int first;      /* position of the batch's first image in the order of the samples */
    int rows;       /* images of the batch */
    int batch_rows; /* the loss is a mean over this many rows: `rows`, or those of all shards */
    int epoch;      /* from 1; with the seed and an image's index it keys random numbers */
    unsigned seed_low, seed_high;
    fm_update update;
} fm_step;

#endif
