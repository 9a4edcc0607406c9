/* A network's weights and the optimizer's state, on the host. */
#ifndef FM_TRAIN_SNAPSHOT_H
#define FM_TRAIN_SNAPSHOT_H

#include "nn/network.h"

typedef struct fm_snapshot {
    size_t slots;
    fm_weights *slot[3]; /* [1 + slots]: the weights, then the state */
} fm_snapshot;

/* Creates weights and state of 0. Call fm_snapshot_free even after a failure. FM_E_MEMORY. */
int fm_snapshot_create(fm_snapshot *out, const fm_architecture *architecture, size_t slots,
                       fm_error *error);
void fm_snapshot_free(fm_snapshot *snapshot);

/* Copy from or to a network with the same architecture and slots. Both wait for the device. */
int fm_snapshot_take(fm_snapshot *out, fm_network *network, fm_error *error);
int fm_snapshot_put(fm_network *network, const fm_snapshot *snapshot, fm_error *error);

/* Whether all its numbers are finite. */
int fm_snapshot_is_finite(const fm_snapshot *snapshot);

#endif
