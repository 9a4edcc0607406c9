/* The passes through a network as graphs. */
#ifndef FM_NN_PASS_H
#define FM_NN_PASS_H

#include "graph/graph.h"
#include "nn/stack.h"

enum fm_pass {
    FM_PASS_FORWARD,  /* gather and all layers; the logits are exposed */
    FM_PASS_SCORE,    /* the same, then loss and prediction */
    FM_PASS_STEP,     /* forward, outcomes, backward, and the update of every parameter */
    FM_PASS_GRADIENT, /* a step without its updates; the gradients are exposed */
    FM_PASS_UPDATE,   /* only the updates, with the gradients that FM_PASS_GRADIENT left */
};

/* Builds and checks the graph of a pass, for batches of at most `rows` rows. All graphs of a stack
 * declare the same tensors, so one plan may contain them; the stack and its layers store their
 * numbers. FM_PASS_FORWARD ignores `loss`. Free with fm_graph_free. FM_E_ARGUMENT, FM_E_MEMORY. */
int fm_pass_graph(fm_graph **out, fm_stack *stack, enum fm_pass pass, enum fm_loss loss,
                  size_t rows, fm_error *error);

#endif
