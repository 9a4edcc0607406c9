#include "support/graphs.h"

#include "support/check.h"

network network_random(fm_random *random) {
    static const size_t batches[] = {1, 2, 17, 31, 40, 64, 77};
    network n = {.inputs = 1 + fm_random_below(random, 99),
                 .outputs = 2 + fm_random_below(random, 50),
                 .hidden_count = fm_random_below(random, 5),
                 .batch = batches[fm_random_below(random, 7)],
                 .activation = (enum fm_activation)fm_random_below(random, FM_ELU + 1),
                 .loss = fm_random_below(random, 2) ? FM_MSE : FM_CROSS_ENTROPY,
                 .is_apart = (int)fm_random_below(random, 2),
                 .is_exposed = !fm_random_below(random, 4)};
    for (size_t l = 0; l < n.hidden_count; l++)
        n.hidden[l] = 1 + fm_random_below(random, 70);
    return n;
}

size_t network_layers(const network *n) {
    return n->hidden_count + 1;
}

size_t network_outputs(const network *n, size_t l) {
    return l < n->hidden_count ? n->hidden[l] : n->outputs;
}

size_t network_inputs(const network *n, size_t l) {
    return l ? network_outputs(n, l - 1) : n->inputs;
}

int network_has_slope(const network *n, size_t l) {
    return n->activation == FM_PRELU && l < n->hidden_count;
}

static void declare(tensors *t, fm_graph *graph, const network *n) {
    t->x = fm_graph_batch(graph, n->inputs);
    for (size_t l = 0; l < network_layers(n); l++) {
        layer *own = &t->layer[l];
        const size_t cols = network_outputs(n, l);
        own->parameters = fm_graph_parameters(graph, cols, network_inputs(n, l));
        own->slope = network_has_slope(n, l) ? fm_graph_parameters(graph, 1, 0) : FM_NONE;
        own->y = fm_graph_batch(graph, cols);
        own->z = network_has_slope(n, l) ? fm_graph_batch(graph, cols) : FM_NONE;
        own->dy = fm_graph_batch(graph, cols);
        own->share = network_has_slope(n, l) ? fm_graph_partial(graph) : FM_NONE;
        own->gradient = fm_graph_gradient(graph, cols, network_inputs(n, l));
        own->slope_gradient = network_has_slope(n, l) ? fm_graph_gradient(graph, 1, 0) : FM_NONE;
    }
}

static void add_forward(fm_graph *graph, const network *n, const tensors *t, int keeps_z) {
    fm_graph_add(graph, (fm_node){.operation = FM_OP_GATHER, .operand = {t->x}});
    for (size_t l = 0; l < network_layers(n); l++) {
        const layer *own = &t->layer[l];
        fm_graph_add(
            graph, (fm_node){.operation = FM_OP_LINEAR_FORWARD,
                             .operand = {own->y, keeps_z ? own->z : FM_NONE,
                                         l ? t->layer[l - 1].y : t->x, own->parameters, own->slope},
                             .activation = l < n->hidden_count ? n->activation : FM_IDENTITY});
    }
}

static void add_backward_rows(fm_graph *graph, const network *n, const tensors *t) {
    for (size_t l = n->hidden_count; l > 0; l--) {
        const layer *own = &t->layer[l], *below = &t->layer[l - 1];
        const int is_one =
            !n->is_apart && n->activation != FM_PRELU && n->activation != FM_IDENTITY;
        fm_graph_add(graph, (fm_node){.operation = FM_OP_LINEAR_BACKWARD_INPUT,
                                      .operand = {below->dy, own->dy, own->parameters,
                                                  is_one ? below->y : FM_NONE},
                                      .activation = is_one ? n->activation : FM_IDENTITY});
        if (n->activation == FM_PRELU)
            fm_graph_add(graph,
                         (fm_node){.operation = FM_OP_PRELU_BACKWARD,
                                   .operand = {below->dy, below->share, below->z, below->slope}});
        else if (!is_one && n->activation != FM_IDENTITY)
            fm_graph_add(graph, (fm_node){.operation = FM_OP_ACTIVATION_BACKWARD,
                                          .operand = {below->dy, below->y},
                                          .activation = n->activation});
    }
}

static void add_gradients(fm_graph *graph, const network *n, const tensors *t, int is_updated) {
    for (size_t l = network_layers(n); l-- > 0;) {
        const layer *own = &t->layer[l];
        fm_graph_add(graph,
                     (fm_node){.operation = FM_OP_LINEAR_BACKWARD_PARAMETERS,
                               .operand = {own->gradient, l ? t->layer[l - 1].y : t->x, own->dy}});
        if (is_updated)
            fm_graph_add(graph, (fm_node){.operation = FM_OP_UPDATE,
                                          .operand = {own->parameters, own->gradient}});
        if (!network_has_slope(n, l))
            continue;
        fm_graph_add(graph, (fm_node){.operation = FM_OP_PRELU_BACKWARD_SLOPE,
                                      .operand = {own->slope_gradient, own->share}});
        if (is_updated)
            fm_graph_add(graph, (fm_node){.operation = FM_OP_UPDATE,
                                          .operand = {own->slope, own->slope_gradient}});
    }
}

fm_graph *network_graph(tensors *t, const network *n, int which, size_t rows) {
    fm_graph *graph = NULL;
    fm_error error = {0};
    const int is_backward = which == STEP || which == GRADIENTS;
    CHECK_OK(fm_graph_create(&graph, is_backward ? n->batch : rows, &error), &error);
    declare(t, graph, n);
    const layer *last = &t->layer[n->hidden_count];
    add_forward(graph, n, t, is_backward);
    if (which != FORWARD)
        fm_graph_add(graph, (fm_node){.operation = FM_OP_LOSS,
                                      .operand = {is_backward ? last->dy : FM_NONE, last->y},
                                      .loss = n->loss});
    if (is_backward) {
        add_backward_rows(graph, n, t);
        add_gradients(graph, n, t, which == STEP);
    }
    if (which == FORWARD)
        fm_graph_expose(graph, last->y);
    for (size_t l = 0;
         (which == GRADIENTS || (which == STEP && n->is_exposed)) && l < network_layers(n); l++) {
        fm_graph_expose(graph, t->layer[l].gradient);
        if (network_has_slope(n, l))
            fm_graph_expose(graph, t->layer[l].slope_gradient);
    }
    CHECK_OK(fm_graph_check(graph, &error), &error);
    return graph;
}
