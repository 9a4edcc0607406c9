#include "nn/pass.h"

static int forward(fm_stack *stack, fm_graph *graph, int x, int is_training) {
    fm_graph_add(graph, (fm_node){.operation = FM_OP_GATHER, .operand = {x}});
    for (size_t i = 0; i < stack->count; i++)
        x = stack->layer[i].kind->forward(&stack->layer[i], graph, x, is_training);
    return x;
}

static void add_loss(fm_graph *graph, int dlogits, int logits, enum fm_loss loss) {
    fm_graph_add(graph,
                 (fm_node){.operation = FM_OP_LOSS, .operand = {dlogits, logits}, .loss = loss});
}

/* Computes the gradients of all layers' outputs first: these operations divide the batch among
 * work-items, while those of learn() divide the parameters. */
static void backward(fm_stack *stack, fm_graph *graph, int dlogits) {
    int dy = dlogits;
    for (size_t i = stack->count; i-- > 0;)
        dy = stack->layer[i].kind->backward(&stack->layer[i], graph, dy);
}

/* Each update directly follows its gradient, so that a back end can fuse the two. */
static void learn(const fm_stack *stack, fm_graph *graph, enum fm_pass pass) {
    for (size_t i = stack->count; i-- > 0;) {
        const fm_layer *layer = &stack->layer[i];
        if (layer->parameters == FM_NONE)
            continue;
        if (pass != FM_PASS_UPDATE)
            layer->kind->gradient(layer, graph);
        if (pass != FM_PASS_GRADIENT)
            fm_graph_add(graph, (fm_node){.operation = FM_OP_UPDATE,
                                          .operand = {layer->parameters, layer->gradient},
                                          .layer = layer->number});
        if (pass != FM_PASS_STEP)
            fm_graph_expose(graph, layer->gradient);
    }
}

int fm_pass_graph(fm_graph **out, fm_stack *stack, enum fm_pass pass, enum fm_loss loss,
                  size_t rows, fm_error *error) {
    const size_t outputs = stack->layer[stack->count - 1].outputs;
    fm_graph *graph = NULL;
    *out = NULL;
    int status = fm_graph_create(&graph, rows, error);
    if (status)
        return status;
    const int is_training = pass == FM_PASS_STEP || pass == FM_PASS_GRADIENT;
    const int x = fm_graph_batch(graph, stack->layer[0].inputs);
    for (size_t i = 0; i < stack->count; i++)
        stack->layer[i].kind->declare(&stack->layer[i], graph);
    const int dlogits = fm_graph_batch(graph, outputs);
    if (pass != FM_PASS_UPDATE)
        stack->logits = forward(stack, graph, x, is_training);
    if (pass == FM_PASS_FORWARD)
        fm_graph_expose(graph, stack->logits);
    else if (pass != FM_PASS_UPDATE)
        add_loss(graph, is_training ? dlogits : FM_NONE, stack->logits, loss);
    if (is_training)
        backward(stack, graph, dlogits);
    if (is_training || pass == FM_PASS_UPDATE)
        learn(stack, graph, pass);
    status = fm_graph_check(graph, error);
    if (status)
        fm_graph_free(graph);
    else
        *out = graph;
    return status;
}
