#include "nn/stack.h"

void fm_stack_add(fm_stack *stack, fm_layer layer, size_t number) {
    layer.module = stack->count;
    layer.number = number;
    stack->layer[stack->count++] = layer;
}

/* Linear layer l, from 0, without what follows it. */
static void add_linear(fm_stack *stack, const fm_architecture *a, size_t l) {
    const size_t inputs = l ? a->hidden[l - 1] : a->inputs;
    const size_t outputs = l < a->hidden_count ? a->hidden[l] : a->outputs;
    fm_stack_add(stack, fm_linear_layer(inputs, outputs), l + 1);
}

/* What follows a hidden linear layer. */
static void add_hidden(fm_stack *stack, const fm_architecture *a, size_t l) {
    const double rate = a->dropout_count ? a->dropout[a->dropout_count > 1 ? l : 0] : 0;
    fm_stack_add(stack, fm_activation_layer(a->activation, a->hidden[l]), l + 1);
    if (rate > 0)
        fm_stack_add(stack, fm_dropout_layer((float)rate, a->hidden[l]), l + 1);
}

void fm_stack_init(fm_stack *out, const fm_architecture *architecture) {
    out->count = 0;
    for (size_t l = 0; l <= architecture->hidden_count; l++) {
        add_linear(out, architecture, l);
        if (l < architecture->hidden_count)
            add_hidden(out, architecture, l);
    }
}

size_t fm_architecture_module(const fm_architecture *architecture, size_t layer) {
    size_t module = 0;
    for (size_t l = 0; l < layer; l++) {
        fm_stack stack;
        stack.count = 0;
        add_linear(&stack, architecture, l < FM_MAX_HIDDEN ? l : FM_MAX_HIDDEN - 1);
        add_hidden(&stack, architecture, l < FM_MAX_HIDDEN ? l : FM_MAX_HIDDEN - 1);
        module += stack.count;
    }
    return module;
}
