/* A graph: the operations of a step, in order, on numbered tensors. It is built once, checked once
 * (fm_graph_check), and compiled for a device (backend/backend.h). The order of the nodes is the
 * order of the computation: back ends may fuse and divide operations, but not change the results.
 */
#ifndef FM_GRAPH_GRAPH_H
#define FM_GRAPH_GRAPH_H

#include <stddef.h>
#include <stdint.h>

#include "fmnist_cl/activation.h"
#include "fmnist_cl/error.h"
#include "fmnist_cl/loss.h"
#include "graph/operation.h"

/* Large enough for FM_MAX_HIDDEN layers with every optional operation. */
enum { FM_MOST_NODES = 1024, FM_MOST_TENSORS = 1024 };
enum { FM_MAX_COLS = 8192, FM_MAX_ROWS = 1 << 24, FM_MAX_CLASSES = 256 };

/* Stands for a missing optional operand. */
enum { FM_NONE = -1 };

typedef struct fm_tensor {
    enum fm_tensor_kind kind;
    size_t rows; /* parameters and gradients: number of outputs; others: the graph's rows */
    size_t cols; /* parameters and gradients: number of inputs */
    int binding; /* of parameters: index in the array given to fm_plan_compile */
    int is_host; /* the host writes it before a run, or reads it after one */
    int sparse;  /* set by fm_graph_check: about half of the values are 0 (pixels, ReLU outputs) */
} fm_tensor;

typedef struct fm_node {
    enum fm_operation operation;
    int operand[FM_MOST_OPERANDS]; /* tensors in the order of the operation's row, or FM_NONE */
    size_t layer;                  /* from 1, for messages and random numbers; 0: none */
    enum fm_activation activation; /* if the operation's formula has one */
    enum fm_loss loss;
    float rate;             /* of dropout: the probability that an element becomes 0, in [0, 1) */
    size_t inputs, outputs; /* set by fm_graph_check: FM_SIZE_INPUTS and FM_SIZE_OUTPUTS */
} fm_node;

typedef struct fm_graph {
    size_t rows; /* of the largest batch */
    fm_tensor tensor[FM_MOST_TENSORS];
    size_t tensor_count; /* may exceed FM_MOST_TENSORS; fm_graph_check then fails */
    fm_node node[FM_MOST_NODES];
    size_t node_count; /* likewise */
    size_t bindings;   /* number of parameter tensors */
    unsigned sources;  /* set by fm_graph_check: enum fm_source of all nodes */
} fm_graph;

/* An empty graph for batches of at most `rows` rows. Free with fm_graph_free. FM_E_MEMORY. */
int fm_graph_create(fm_graph **out, size_t rows, fm_error *error);
void fm_graph_free(fm_graph *graph);

/* Each function declares a tensor and returns its number. fm_graph_check checks the sizes. */
int fm_graph_batch(fm_graph *graph, size_t cols);
int fm_graph_partial(fm_graph *graph);
int fm_graph_mask(fm_graph *graph, size_t cols);
int fm_graph_parameters(fm_graph *graph, size_t outputs, size_t inputs);
int fm_graph_gradient(fm_graph *graph, size_t outputs, size_t inputs);

/* Declares that the host writes this tensor before a run or reads it after one (fm_plan_write,
 * fm_plan_read), so every back end keeps it in memory. Parameters need no such call. */
void fm_graph_expose(fm_graph *graph, int tensor);

/* Appends an operation. List every optional operand, a missing one as FM_NONE: C sets
 * operands that are not listed to 0, which is a valid tensor. */
void fm_graph_add(fm_graph *graph, fm_node node);

/* Checks that each operation has the operands, shapes and sizes that its row in the table of
 * operations demands, that every batch tensor is written before it is read, and that no operation
 * reads parameters after their update. Sets the members marked "set by
 * fm_graph_check". FM_E_ARGUMENT, which names
 * the operation and the operand. */
int fm_graph_check(fm_graph *graph, fm_error *error);

/* Bytes per row of a mask with `cols` columns. */
static inline size_t fm_mask_bytes(size_t cols) {
    return (cols + 7) / 8;
}

/* Whether the tensor has one row per image: all kinds except parameters and gradients. */
int fm_tensor_is_batch(const fm_tensor *tensor);

/* Whether the node computes a gradient of parameters. */
int fm_node_is_gradient(const fm_node *node);
/* Whether the node has the tensor as an operand. */
int fm_node_uses(const fm_node *node, int tensor);

/* Describes a node for a batch of `rows` rows: "linear_forward of layer 2 (128 x 256 to 10)". */
void fm_node_text(char *out, size_t size, const fm_node *node, size_t rows);

/* Lower bounds of a node's work for a batch of `rows` rows: floating-point operations of products,
 * and bytes of its operands. */
double fm_node_flop(const fm_node *node, size_t rows);
double fm_node_bytes(const fm_graph *graph, const fm_node *node, size_t rows);

/* An element is kept if its 16 random bits are at least the threshold. Kept elements are multiplied
 * by the scale (inverted dropout, as in PyTorch). */
uint32_t fm_dropout_threshold(float rate);
float fm_dropout_scale(float rate);

#endif
