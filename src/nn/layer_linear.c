/* The layer y = x W^T + b. */
#include "nn/layer.h"

#include "graph/graph.h"

/* Indices in fm_layer.own: the output, and the gradient of the input. */
enum { Y, DX };

static void declare(fm_layer *layer, fm_graph *graph) {
    layer->parameters = fm_graph_parameters(graph, layer->outputs, layer->inputs);
    layer->gradient = fm_graph_gradient(graph, layer->outputs, layer->inputs);
    layer->own[Y] = fm_graph_batch(graph, layer->outputs);
    /* No operation reads the gradient of the images. */
    layer->own[DX] = layer->module ? fm_graph_batch(graph, layer->inputs) : FM_NONE;
}

static int forward(fm_layer *layer, fm_graph *graph, int x, int is_training) {
    (void)is_training;
    layer->x = x;
    fm_graph_add(graph,
                 (fm_node){.operation = FM_OP_LINEAR_FORWARD,
                           .operand = {layer->own[Y], FM_NONE, x, layer->parameters, FM_NONE},
                           .layer = layer->number});
    return layer->own[Y];
}

static int backward(fm_layer *layer, fm_graph *graph, int dy) {
    layer->dy = dy;
    if (layer->own[DX] != FM_NONE)
        fm_graph_add(graph, (fm_node){.operation = FM_OP_LINEAR_BACKWARD_INPUT,
                                      .operand = {layer->own[DX], dy, layer->parameters, FM_NONE},
                                      .layer = layer->number});
    return layer->own[DX];
}

static void gradient(const fm_layer *layer, fm_graph *graph) {
    fm_graph_add(graph, (fm_node){.operation = FM_OP_LINEAR_BACKWARD_PARAMETERS,
                                  .operand = {layer->gradient, layer->x, layer->dy},
                                  .layer = layer->number});
}

fm_layer fm_linear_layer(size_t inputs, size_t outputs) {
    static const fm_layer_kind kind = {declare, forward, backward, gradient};
    return (fm_layer){.kind = &kind, .inputs = inputs, .outputs = outputs};
}
