/* A graph: the operations of a step, in order, on tensors with numbers. It is described once,
 * checked once (fm_graph_check), and compiled for a device (backend/backend.h). The order of the
 * nodes is the order of the computation: no back end changes what it means. */
#ifndef FM_GRAPH_GRAPH_H
#define FM_GRAPH_GRAPH_H

#include <stddef.h>
#include <stdint.h>

#include "fmnist_cl/activation.h"
#include "fmnist_cl/error.h"
#include "fmnist_cl/loss.h"
#include "graph/operation.h"

/* Enough for FM_MAX_HIDDEN layers of every kind. */
enum { FM_MOST_NODES = 1024, FM_MOST_TENSORS = 1024 };
enum { FM_MAX_COLS = 8192, FM_MAX_ROWS = 1 << 24, FM_MAX_CLASSES = 256 };

/* No tensor: an optional operand that is not there. */
enum { FM_NONE = -1 };

typedef struct fm_tensor {
    enum fm_tensor_kind kind;
    size_t rows; /* the graph's; of parameters and gradients: outputs */
    size_t cols; /* of parameters and gradients: inputs */
    int binding; /* of parameters: which of those that a plan is compiled with */
    int is_host; /* the host writes it before a run, or reads it after one */
    int sparse;  /* found by fm_graph_check: half of it is zeros, or more (pixels, a ReLU's output)
                  */
} fm_tensor;

typedef struct fm_node {
    enum fm_operation operation;
    int operand[FM_MOST_OPERANDS]; /* tensors in the order of the operation's row, or FM_NONE */
    size_t layer;                  /* from 1, for messages and random numbers; 0: none */
    enum fm_activation activation; /* of operations with one in their formula */
    enum fm_loss loss;
    float rate;             /* of dropout: the probability that an element becomes 0, in [0, 1) */
    size_t inputs, outputs; /* found by fm_graph_check: the sizes of the operation's row */
} fm_node;

typedef struct fm_graph {
    size_t rows; /* of the largest batch */
    fm_tensor tensor[FM_MOST_TENSORS];
    size_t tensor_count; /* may exceed the room for them until the check */
    fm_node node[FM_MOST_NODES];
    size_t node_count; /* likewise */
    size_t bindings;   /* parameters */
    unsigned sources;  /* found by fm_graph_check: enum fm_source of all nodes */
} fm_graph;

/* An empty graph for batches of up to so many rows. Free with fm_graph_free. FM_E_MEMORY. */
int fm_graph_create(fm_graph **out, size_t rows, fm_error *error);
void fm_graph_free(fm_graph *graph);

/* Each declares a tensor and returns its number. Sizes are checked by fm_graph_check. */
int fm_graph_batch(fm_graph *graph, size_t cols);
int fm_graph_partial(fm_graph *graph);
int fm_graph_mask(fm_graph *graph, size_t cols);
int fm_graph_parameters(fm_graph *graph, size_t outputs, size_t inputs);
int fm_graph_gradient(fm_graph *graph, size_t outputs, size_t inputs);

/* The host writes this tensor before a run or reads it after one (fm_plan_write, fm_plan_read): no
 * back end leaves it out. Parameters need no such mark. */
void fm_graph_expose(fm_graph *graph, int tensor);

/* Appends an operation; operands that are not given are 0, so FM_NONE must be written out. */
void fm_graph_add(fm_graph *graph, fm_node node);

/* Whether each operation has the operands, shapes and sizes of its row, every batch tensor is
 * written before it is read, and no operation reads parameters after their update. Finds what the
 * members above say. FM_E_ARGUMENT, with the operation and the operand. */
int fm_graph_check(fm_graph *graph, fm_error *error);

/* Bytes of a row of a mask with so many columns. */
static inline size_t fm_mask_bytes(size_t cols) {
    return (cols + 7) / 8;
}

/* Parameters and gradients have a shape of their own; the other tensors have the batch's rows. */
int fm_tensor_is_batch(const fm_tensor *tensor);

/* "linear_forward of layer 2 (128 x 256 to 10)": a node with a batch of so many rows. */
void fm_node_text(char *out, size_t size, const fm_node *node, size_t rows);

/* What a node computes and moves at least, for a batch of so many rows: floating-point operations
 * of products, and bytes of its operands. */
double fm_node_flop(const fm_node *node, size_t rows);
double fm_node_bytes(const fm_graph *graph, const fm_node *node, size_t rows);

/* Dropout with a probability keeps an element where 16 random bits are at least this threshold, and
 * multiplies it by this scale (inverted dropout, as in PyTorch). */
uint32_t fm_dropout_threshold(float rate);
float fm_dropout_scale(float rate);

#endif
