/* Inside the library: a network, and one batch's way through it. Written once for all devices. */
#ifndef FM_NN_NETWORK_H
#define FM_NN_NETWORK_H

#include "fmnist_cl/network.h"
#include "ops/ops.h"

/* One linear layer and the activation after it. */
typedef struct fm_layer {
    fm_parameters *parameters;
    fm_parameters *slope; /* PReLU's, NULL otherwise */
    fm_matrix *y;         /* output, after the activation */
    fm_matrix *z;         /* before it; kept for PReLU in training only */
    fm_matrix *dy;        /* gradient of z; in training only */
} fm_layer;

struct fm_network {
    fm_ops *ops;
    fm_architecture architecture;
    size_t capacity; /* rows of every matrix */
    fm_matrix *x;
    size_t layer_count;
    fm_layer layers[FM_MAX_HIDDEN + 1];
};

/* fm_network_create on any operations, which must outlive the network. */
int fm_network_create_on(fm_network **out, fm_ops *ops, const fm_weights *weights,
                         size_t batch_capacity, const fm_optimizer *optimizer, fm_error *error);

/* Like fm_network_read and fm_network_write: the values (slot 0), or the optimiser's state beside
 * them (slots 1 and 2). */
int fm_network_read_slot(fm_weights *out, fm_network *network, size_t slot, fm_error *error);
int fm_network_write_slot(fm_network *network, size_t slot, const fm_weights *weights,
                          fm_error *error);

/* All three queue their work and return; rows is at most the batch capacity. */

/* Gathers samples first to first + rows - 1 of the order and computes their logits, which are then
 * in the last layer's y. */
int fm_network_forward(fm_network *network, fm_samples *samples, size_t first, size_t rows,
                       fm_error *error);
/* Forward, and the outcomes of these samples. */
int fm_network_score(fm_network *network, fm_samples *samples, fm_outcomes *outcomes,
                     enum fm_loss loss, size_t first, size_t rows, fm_error *error);
/* Forward, outcomes, and backward with the update of every parameter. The network must have been
 * made with an optimiser that keeps what the update needs. */
int fm_network_step(fm_network *network, fm_samples *samples, fm_outcomes *outcomes,
                    enum fm_loss loss, const fm_update *update, size_t first, size_t rows,
                    fm_error *error);

#endif
