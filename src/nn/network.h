/* Internal: a network on a back end, and its training step. The same code runs on all devices. */
#ifndef FM_NN_NETWORK_H
#define FM_NN_NETWORK_H

#include "backend/backend.h"
#include "fmnist_cl/network.h"
#include "nn/stack.h"

/* The graphs of a network's plan. */
enum { FM_NETWORK_FORWARD, FM_NETWORK_SCORE, FM_NETWORK_STEP, FM_NETWORK_GRAPHS };

struct fm_network {
    fm_backend *backend;
    fm_architecture architecture;
    fm_optimizer optimizer; /* if it is trained */
    size_t capacity;        /* maximum rows of a forward or scoring pass */
    fm_stack stack;
    size_t graph_count; /* 1: for prediction only */
    fm_graph *graph[FM_NETWORK_GRAPHS];
    size_t parameter_count;
    fm_parameters *parameters[FM_MOST_LAYERS]; /* in the order of the layers */
    fm_plan *plan;
};

/* How a network will be used. */
typedef struct fm_network_setup {
    size_t batch_size;             /* maximum images per training step or prediction */
    const fm_optimizer *optimizer; /* copied; NULL: for prediction only */
    enum fm_loss loss;             /* used with an optimizer */
} fm_network_setup;

/* fm_network_create on any back end, which must outlive the network. */
int fm_network_create_on(fm_network **out, fm_backend *backend, const fm_weights *weights,
                         const fm_network_setup *setup, fm_error *error);

/* Like fm_network_read and fm_network_write, for the values (slot 0) or the optimizer's state
 * (slots 1 and 2). */
int fm_network_read_slot(fm_weights *out, fm_network *network, size_t slot, fm_error *error);
int fm_network_write_slot(fm_network *network, size_t slot, const fm_weights *weights,
                          fm_error *error);

/* A training batch. */
typedef struct fm_batch {
    uint64_t step;      /* the number of its update, from 1 */
    size_t epoch;       /* from 1 */
    uint64_t seed;      /* of the training */
    size_t first, rows; /* positions in the order of the samples; at most batch_size rows */
} fm_batch;

/* The training step: queues the forward pass, the backward pass and all updates, and ends the step
 * (fm_backend_end_step), which sets *queued. */
int fm_network_step(size_t *queued, fm_network *network, fm_samples *samples, fm_outcomes *outcomes,
                    const fm_batch *batch, fm_error *error);

/* Queues the forward pass and the outcomes of the samples at positions first to first + rows - 1 of
 * the order, and ends like a step. At most network->capacity rows. */
int fm_network_score(fm_network *network, fm_samples *samples, fm_outcomes *outcomes, size_t first,
                     size_t rows, fm_error *error);

#endif
