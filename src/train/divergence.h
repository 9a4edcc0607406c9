/* Finds the step and the operation at which a training became non-finite. */
#ifndef FM_TRAIN_DIVERGENCE_H
#define FM_TRAIN_DIVERGENCE_H

#include "fmnist_cl/trainer.h"
#include "train/snapshot.h"

/* A training with a non-finite loss or weight. */
typedef struct fm_divergence {
    fm_network *network;
    fm_samples *samples; /* in the order of the current epoch */
    fm_outcomes *outcomes;
    const fm_images *images;
    const uint32_t *order; /* [images->count] */
    const fm_train_options *options;
    /* Its weights and slots are those of the last state known to be finite, after this many updates
     * and images of the epoch; the rest is current. */
    const fm_train_state *state;
    uint64_t good_steps;
    size_t good_position;
    size_t val_first, val_count; /* positions of the validation set */
} fm_divergence;

/* Repeats the steps after the good state on the device, in strides and then one by one. Then it
 * repeats the step that failed on the reference, operation by operation. The error names the epoch,
 * the step, and the first operation with a non-finite result, and has a hint. Returns
 * FM_E_DIVERGED, or FM_E_MEMORY or FM_E_OPENCL if the search fails. Afterwards the network holds a
 * state of the search. */
int fm_divergence_explain(const fm_divergence *divergence, fm_error *error);

#endif
