/* Finds where the numbers of a training stopped being finite. */
#ifndef FM_TRAIN_DIVERGENCE_H
#define FM_TRAIN_DIVERGENCE_H

#include "fmnist_cl/trainer.h"
#include "train/snapshot.h"

/* A training that has met a number that is not finite. */
typedef struct fm_divergence {
    fm_network *network;
    fm_samples *samples; /* in the order of the epoch under way */
    fm_outcomes *outcomes;
    const fm_images *images;
    const uint32_t *order; /* [images->count] */
    const fm_train_options *options;
    /* Its weights and slots are those of the last state that was known to be finite, after so many
     * updates and so many images of this epoch; the rest is current. */
    const fm_train_state *state;
    uint64_t good_steps;
    size_t good_position;
    size_t val_first, val_count; /* positions of the validation part */
} fm_divergence;

/* Repeats on the device what followed the good state, in strides and then step by step; then
 * repeats the step that failed on the reference, operation by operation. Records what it found:
 * epoch, step, the first operation with such a result, and a hint. Returns FM_E_DIVERGED, or why it
 * failed: FM_E_MEMORY, FM_E_OPENCL. Afterwards the network holds some state from the search. */
int fm_divergence_explain(const fm_divergence *divergence, fm_error *error);

#endif
