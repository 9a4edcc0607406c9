/* Dropout as a layer: in training each element becomes 0 with a probability, and the others are
 * scaled so that their expected value stays (inverted dropout, torch.nn.Dropout). */
#include "nn/layer.h"

#include "graph/graph.h"

enum { Y, MASK };

static void declare(fm_layer *layer, fm_graph *graph) {
    layer->parameters = layer->gradient = FM_NONE;
    layer->own[Y] = fm_graph_batch(graph, layer->outputs);
    layer->own[MASK] = fm_graph_mask(graph, layer->outputs);
}

static int forward(fm_layer *layer, fm_graph *graph, int x, int is_training) {
    if (!is_training)
        return x;
    fm_graph_add(graph, (fm_node){.operation = FM_OP_DROPOUT_MASK,
                                  .operand = {layer->own[MASK]},
                                  .rate = layer->rate,
                                  .layer = layer->number});
    fm_graph_add(graph, (fm_node){.operation = FM_OP_DROPOUT_FORWARD,
                                  .operand = {layer->own[Y], x, layer->own[MASK]},
                                  .rate = layer->rate,
                                  .layer = layer->number});
    return layer->own[Y];
}

static int backward(fm_layer *layer, fm_graph *graph, int dy) {
    fm_graph_add(graph, (fm_node){.operation = FM_OP_DROPOUT_BACKWARD,
                                  .operand = {dy, layer->own[MASK]},
                                  .rate = layer->rate,
                                  .layer = layer->number});
    return dy;
}

fm_layer fm_dropout_layer(float rate, size_t width) {
    static const fm_layer_kind kind = {declare, forward, backward, NULL};
    return (fm_layer){.kind = &kind, .inputs = width, .outputs = width, .rate = rate};
}
