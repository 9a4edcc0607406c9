/* An activation is computed in place, at the end of the product before it; so is its derivative in
 * the backward pass, where the layer above is linear. Only PReLU, whose slope has a gradient that
 * needs the activation's input z, has operations of its own. */
#include "nn/layer.h"

#include "graph/graph.h"

/* PReLU's tensors: input of the activation, and each row's share of the slope's gradient. */
enum { Z, SHARE };

static void declare(fm_layer *layer, fm_graph *graph) {
    layer->parameters = layer->gradient = layer->own[Z] = layer->own[SHARE] = FM_NONE;
    if (layer->activation != FM_PRELU)
        return;
    layer->parameters = fm_graph_parameters(graph, 1, 0);
    layer->gradient = fm_graph_gradient(graph, 1, 0);
    layer->own[Z] = fm_graph_batch(graph, layer->outputs);
    layer->own[SHARE] = fm_graph_partial(graph);
}

/* The last node of the graph if it is this operation and writes `result`, otherwise NULL. */
static fm_node *last_node(fm_graph *graph, enum fm_operation operation, int result) {
    const size_t count = graph->node_count;
    fm_node *node = count >= 1 && count <= FM_MOST_NODES ? &graph->node[count - 1] : NULL;
    return node && node->operation == operation && node->operand[0] == result ? node : NULL;
}

/* An activation has no forward operation of its own: without a product before it there is no
 * result, and fm_graph_check reports the missing operand of the next operation. */
static int forward(fm_layer *layer, fm_graph *graph, int x, int is_training) {
    fm_node *product = last_node(graph, FM_OP_LINEAR_FORWARD, x);
    layer->x = x;
    if (!product)
        return layer->activation == FM_IDENTITY ? x : FM_NONE;
    product->activation = layer->activation;
    product->operand[1] = is_training ? layer->own[Z] : FM_NONE;
    product->operand[4] = layer->parameters;
    return x;
}

static int backward(fm_layer *layer, fm_graph *graph, int dy) {
    fm_node *product = last_node(graph, FM_OP_LINEAR_BACKWARD_INPUT, dy);
    layer->dy = dy;
    if (layer->activation == FM_IDENTITY)
        return dy;
    if (layer->activation == FM_PRELU) {
        fm_graph_add(graph,
                     (fm_node){.operation = FM_OP_PRELU_BACKWARD,
                               .operand = {dy, layer->own[SHARE], layer->own[Z], layer->parameters},
                               .layer = layer->number});
    } else if (product) {
        product->activation = layer->activation;
        product->operand[3] = layer->x;
    } else {
        fm_graph_add(graph, (fm_node){.operation = FM_OP_ACTIVATION_BACKWARD,
                                      .operand = {dy, layer->x},
                                      .activation = layer->activation,
                                      .layer = layer->number});
    }
    return dy;
}

static void gradient(const fm_layer *layer, fm_graph *graph) {
    fm_graph_add(graph, (fm_node){.operation = FM_OP_PRELU_BACKWARD_SLOPE,
                                  .operand = {layer->gradient, layer->own[SHARE]},
                                  .layer = layer->number});
}

fm_layer fm_activation_layer(enum fm_activation activation, size_t width) {
    static const fm_layer_kind kind = {declare, forward, backward, gradient};
    return (fm_layer){.kind = &kind, .inputs = width, .outputs = width, .activation = activation};
}
