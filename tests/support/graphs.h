/* Networks as graphs, for tests of back ends: what src/nn makes of an architecture, and what it
 * does not make. */
#ifndef FM_TESTS_GRAPHS_H
#define FM_TESTS_GRAPHS_H

#include "base/random.h"
#include "graph/graph.h"

enum { MOST_LAYERS = 9 };

typedef struct network {
    size_t inputs, outputs, hidden_count, hidden[MOST_LAYERS - 1], batch;
    enum fm_activation activation;
    enum fm_loss loss;
    int is_apart;   /* the activation's derivative is an operation of its own */
    int is_exposed; /* the host may read a training step's gradients */
} network;

/* A training step; a batch's outcomes; logits alone, exposed; a training step that leaves out the
 * updates and exposes the gradients. All of a network declare the same tensors. */
enum { STEP, SCORE, FORWARD, GRADIENTS, GRAPHS };

typedef struct layer {
    int parameters, slope, y, z, dy, share, gradient, slope_gradient;
} layer;

typedef struct tensors {
    int x;
    layer layer[MOST_LAYERS];
} tensors;

/* Any activation and loss, up to four hidden layers, batches of 1 to 77 rows. */
network network_random(fm_random *random);

/* Layers of a network, and outputs and inputs of one of them. */
size_t network_layers(const network *n);
size_t network_outputs(const network *n, size_t layer);
size_t network_inputs(const network *n, size_t layer);
int network_has_slope(const network *n, size_t layer);

/* The checked graph, for batches of up to n->batch rows or, where nothing is trained, up to `rows`;
 * and its tensors. Free with fm_graph_free. */
fm_graph *network_graph(tensors *out, const network *n, int which, size_t rows);

#endif
