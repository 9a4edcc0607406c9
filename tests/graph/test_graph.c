/* fm_graph_check accepts valid graphs, and names the fault of invalid ones. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/check.h"
#include "support/stacks.h"

enum { ROWS = 8, INPUTS = 5, OUTPUTS = 3 };

/* The tensors of one layer, its loss, and its slope, without operations. */
typedef struct layer {
    fm_graph *graph;
    int x, y, z, dy, dx, share, weight, gradient, slope, slope_gradient, wide, mask;
} layer;

static layer open_layer(void) {
    layer l;
    fm_error error = {0};
    CHECK_OK(fm_graph_create(&l.graph, ROWS, &error), &error);
    l.x = fm_graph_batch(l.graph, INPUTS);
    l.y = fm_graph_batch(l.graph, OUTPUTS);
    l.z = fm_graph_batch(l.graph, OUTPUTS);
    l.dy = fm_graph_batch(l.graph, OUTPUTS);
    l.dx = fm_graph_batch(l.graph, INPUTS);
    l.share = fm_graph_partial(l.graph);
    l.weight = fm_graph_parameters(l.graph, OUTPUTS, INPUTS);
    l.gradient = fm_graph_gradient(l.graph, OUTPUTS, INPUTS);
    l.slope = fm_graph_parameters(l.graph, 1, 0);
    l.slope_gradient = fm_graph_gradient(l.graph, 1, 0);
    l.wide = fm_graph_batch(l.graph, 300);
    l.mask = fm_graph_mask(l.graph, OUTPUTS);
    return l;
}

static void gather(const layer *l) {
    fm_graph_add(l->graph, (fm_node){.operation = FM_OP_GATHER, .operand = {l->x}});
}

static void forward(const layer *l, int y, int z, int x, int weight, int slope,
                    enum fm_activation activation) {
    fm_graph_add(l->graph, (fm_node){.operation = FM_OP_LINEAR_FORWARD,
                                     .operand = {y, z, x, weight, slope},
                                     .activation = activation});
}

/* Up to dy. */
static void forward_and_loss(const layer *l) {
    gather(l);
    forward(l, l->y, FM_NONE, l->x, l->weight, FM_NONE, FM_IDENTITY);
    fm_graph_add(l->graph, (fm_node){.operation = FM_OP_LOSS, .operand = {l->dy, l->y}});
}

static void node(const layer *l, enum fm_operation operation, enum fm_activation activation, int a,
                 int b, int c, int d) {
    fm_graph_add(l->graph, (fm_node){.operation = operation,
                                     .operand = {a, b, c, d, FM_NONE},
                                     .activation = activation});
}

static void update(const layer *l, int weight, int gradient) {
    node(l, FM_OP_UPDATE, FM_IDENTITY, weight, gradient, FM_NONE, FM_NONE);
}

/* Dropout from y to z of the layer. */
static void dropout(const layer *l, float rate) {
    fm_graph_add(
        l->graph,
        (fm_node){.operation = FM_OP_DROPOUT_MASK, .operand = {l->mask}, .layer = 1, .rate = rate});
    fm_graph_add(l->graph, (fm_node){.operation = FM_OP_DROPOUT_FORWARD,
                                     .operand = {l->z, l->y, l->mask},
                                     .rate = rate});
}

/* Checks that the graph is refused with this text, and frees it. */
static void expect(layer *l, const char *what, const char *why) {
    fm_error error = {0};
    assert_int_equal(fm_graph_check(l->graph, &error), FM_E_ARGUMENT);
    if (strcmp(error.what, what) != 0 || !strstr(error.why, why))
        fail_msg("'%s: %s' instead of '%s: %s'", error.what, error.why, what, why);
    fm_graph_free(l->graph);
}

static void accept(layer *l) {
    fm_error error = {0};
    CHECK_OK(fm_graph_check(l->graph, &error), &error);
    fm_graph_free(l->graph);
}

static void test_accepts_stacks(void **state) {
    (void)state;
    fm_random random;
    fm_random_seed(&random, 5, 97);
    for (int i = 0; i < 100; i++) {
        const stack s = stack_random(&random);
        for (int which = STACK_STEP; which <= STACK_SCORE; which++) {
            fm_error error = {0};
            fm_graph *graph = stack_graph(&s, (enum stack_graph)which);
            CHECK_OK(fm_graph_check(graph, &error), &error);
            CHECK_OK(fm_graph_check(graph, &error), &error); /* and again */
            fm_graph_free(graph);
        }
    }
}

static void test_finds_sizes_and_sources(void **state) {
    (void)state;
    layer l = open_layer();
    fm_error error = {0};
    forward_and_loss(&l);
    node(&l, FM_OP_LINEAR_BACKWARD_PARAMETERS, FM_IDENTITY, l.gradient, l.x, l.dy, FM_NONE);
    update(&l, l.weight, l.gradient);
    CHECK_OK(fm_graph_check(l.graph, &error), &error);
    assert_int_equal(l.graph->node[0].inputs, INPUTS);
    for (int i = 1; i < 5; i++)
        assert_int_equal(l.graph->node[i].outputs, OUTPUTS);
    assert_int_equal(l.graph->node[4].inputs, INPUTS);
    assert_int_equal(l.graph->sources,
                     FM_USES_IMAGES | FM_USES_LABELS | FM_USES_OUTCOMES | FM_USES_UPDATE);
    char text[96];
    l.graph->node[1].layer = 2;
    fm_node_text(text, sizeof text, &l.graph->node[1], 7);
    assert_string_equal(text, "linear_forward of layer 2 (7 x 5 to 3)");
    assert_true(fm_node_flop(&l.graph->node[1], 7) == 2.0 * 7 * 5 * 3);
    assert_true(fm_node_flop(&l.graph->node[4], 7) == 0);
    assert_true(fm_node_bytes(l.graph, &l.graph->node[1], 7) == 4.0 * (7 * 5 + 7 * 3 + 3 * 6));
    fm_graph_free(l.graph);
    l = open_layer();
    gather(&l);
    CHECK_OK(fm_graph_check(l.graph, &error), &error);
    assert_int_equal(l.graph->sources, FM_USES_IMAGES);
    fm_graph_free(l.graph);
}

/* Pixels and ReLU outputs are sparse; tensors that the host writes are not. */
static void test_finds_zeros(void **state) {
    (void)state;
    for (int activation = FM_IDENTITY; activation <= FM_ELU; activation++) {
        layer l = open_layer();
        fm_error error = {0};
        gather(&l);
        forward(&l, l.y, l.z, l.x, l.weight, activation == FM_PRELU ? l.slope : FM_NONE,
                (enum fm_activation)activation);
        CHECK_OK(fm_graph_check(l.graph, &error), &error);
        assert_true(l.graph->tensor[l.x].sparse);
        assert_int_equal(l.graph->tensor[l.y].sparse, activation == FM_RELU);
        assert_false(l.graph->tensor[l.z].sparse);
        fm_graph_free(l.graph);
    }
    layer l = open_layer();
    fm_error error = {0};
    fm_graph_expose(l.graph, l.x);
    forward(&l, l.y, FM_NONE, l.x, l.weight, FM_NONE, FM_RELU);
    CHECK_OK(fm_graph_check(l.graph, &error), &error);
    assert_false(l.graph->tensor[l.x].sparse);
    fm_graph_free(l.graph);
}

/* Dropout keeps zeros, and makes half of them with a probability of a half. */
static void test_finds_zeros_of_dropout(void **state) {
    (void)state;
    static const struct {
        enum fm_activation below;
        float rate;
        int sparse;
    } cases[] = {{FM_ELU, 0.49f, 0}, {FM_ELU, 0.5f, 1}, {FM_ELU, 0.9f, 1}, {FM_RELU, 0.1f, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        layer l = open_layer();
        fm_error error = {0};
        gather(&l);
        forward(&l, l.y, FM_NONE, l.x, l.weight, FM_NONE, cases[i].below);
        dropout(&l, cases[i].rate);
        CHECK_OK(fm_graph_check(l.graph, &error), &error);
        assert_int_equal(l.graph->tensor[l.z].sparse, cases[i].sparse);
        assert_int_equal(l.graph->tensor[l.y].sparse, cases[i].below == FM_RELU);
        assert_int_equal(l.graph->sources, FM_USES_IMAGES);
        assert_true(fm_node_bytes(l.graph, &l.graph->node[3], 32) ==
                    2 * 4.0 * 32 * OUTPUTS + 32 * OUTPUTS / 8.0);
        fm_graph_free(l.graph);
    }
}

static void test_missing_operands(void **state) {
    (void)state;
    layer l = open_layer();
    gather(&l);
    forward(&l, FM_NONE, FM_NONE, l.x, l.weight, FM_NONE, FM_RELU);
    expect(&l, "linear_forward", "y is missing");
    l = open_layer();
    gather(&l);
    forward(&l, l.y, FM_NONE, l.x, FM_NONE, FM_NONE, FM_RELU);
    expect(&l, "linear_forward", "parameters is missing");
    l = open_layer();
    node(&l, FM_OP_GATHER, FM_IDENTITY, 99, FM_NONE, FM_NONE, FM_NONE);
    expect(&l, "gather", "x is missing");
    l = open_layer();
    node(&l, FM_OP_GATHER, FM_IDENTITY, -7, FM_NONE, FM_NONE, FM_NONE);
    expect(&l, "gather", "x is missing");
}

static void test_kinds_and_sizes(void **state) {
    (void)state;
    layer l = open_layer();
    gather(&l);
    forward(&l, l.weight, FM_NONE, l.x, l.weight, FM_NONE, FM_RELU);
    expect(&l, "linear_forward", "y is a tensor of another kind");
    l = open_layer();
    gather(&l);
    forward(&l, l.dx, FM_NONE, l.x, l.weight, FM_NONE, FM_RELU);
    expect(&l, "linear_forward", "parameters has a size that does not match");
    l = open_layer();
    gather(&l);
    forward(&l, l.y, l.dx, l.x, l.weight, FM_NONE, FM_RELU);
    expect(&l, "linear_forward", "z has a size that does not match");
    l = open_layer();
    gather(&l);
    forward(&l, l.y, FM_NONE, l.x, l.weight, l.weight, FM_PRELU);
    expect(&l, "linear_forward", "slope has a size that does not match");
    l = open_layer();
    forward_and_loss(&l);
    node(&l, FM_OP_LINEAR_BACKWARD_PARAMETERS, FM_IDENTITY, l.slope_gradient, l.x, l.dy, FM_NONE);
    expect(&l, "linear_backward_parameters", "x has a size that does not match");
    l = open_layer();
    fm_graph_expose(l.graph, l.slope_gradient);
    update(&l, l.weight, l.slope_gradient);
    expect(&l, "update", "gradient has a size that does not match");
    l = open_layer();
    fm_graph_expose(l.graph, l.wide);
    node(&l, FM_OP_LOSS, FM_IDENTITY, FM_NONE, l.wide, FM_NONE, FM_NONE);
    expect(&l, "loss", "logits must have 2 to 256 columns");
    l = open_layer();
    const int narrow = fm_graph_batch(l.graph, 1);
    fm_graph_expose(l.graph, narrow);
    node(&l, FM_OP_LOSS, FM_IDENTITY, FM_NONE, narrow, FM_NONE, FM_NONE);
    expect(&l, "loss", "logits must have 2 to 256 columns");
}

static void test_order(void **state) {
    (void)state;
    layer l = open_layer();
    forward(&l, l.y, FM_NONE, l.x, l.weight, FM_NONE, FM_RELU);
    expect(&l, "linear_forward", "x is read before it is written");
    l = open_layer();
    node(&l, FM_OP_PRELU_BACKWARD_SLOPE, FM_IDENTITY, l.slope_gradient, l.share, FM_NONE, FM_NONE);
    expect(&l, "prelu_backward_slope", "share is read before it is written");
    l = open_layer();
    update(&l, l.weight, l.gradient);
    expect(&l, "update", "gradient is read before it is written");
    l = open_layer(); /* read and written: it must exist */
    fm_graph_expose(l.graph, l.y);
    node(&l, FM_OP_ACTIVATION_BACKWARD, FM_RELU, l.dy, l.y, FM_NONE, FM_NONE);
    expect(&l, "activation_backward", "dy is read before it is written");
    l = open_layer();
    forward_and_loss(&l);
    node(&l, FM_OP_LINEAR_BACKWARD_PARAMETERS, FM_IDENTITY, l.gradient, l.x, l.dy, FM_NONE);
    update(&l, l.weight, l.gradient);
    node(&l, FM_OP_LINEAR_BACKWARD_INPUT, FM_IDENTITY, l.dx, l.dy, l.weight, FM_NONE);
    expect(&l, "linear_backward_input", "parameters is used after its update");
    l = open_layer();
    fm_graph_expose(l.graph, l.gradient);
    update(&l, l.weight, l.gradient);
    update(&l, l.weight, l.gradient);
    expect(&l, "update", "parameters is used after its update");
}

static void test_overlap(void **state) {
    (void)state;
    layer l = open_layer();
    gather(&l);
    forward(&l, l.y, l.y, l.x, l.weight, FM_NONE, FM_RELU);
    expect(&l, "linear_forward", "y is also another operand");
    l = open_layer();
    fm_graph_expose(l.graph, l.y);
    node(&l, FM_OP_LOSS, FM_IDENTITY, l.y, l.y, FM_NONE, FM_NONE);
    expect(&l, "loss", "dlogits is also another operand");
    l = open_layer();
    fm_graph_expose(l.graph, l.dy);
    node(&l, FM_OP_ACTIVATION_BACKWARD, FM_RELU, l.dy, l.dy, FM_NONE, FM_NONE);
    expect(&l, "activation_backward", "dy is also another operand");
}

static void test_attributes(void **state) {
    (void)state;
    layer l = open_layer();
    gather(&l);
    forward(&l, l.y, l.z, l.x, l.weight, FM_NONE, FM_PRELU);
    expect(&l, "linear_forward", "slope is required with PReLU and not allowed without");
    l = open_layer();
    gather(&l);
    forward(&l, l.y, l.z, l.x, l.weight, l.slope, FM_RELU);
    expect(&l, "linear_forward", "slope is required with PReLU and not allowed without");
    l = open_layer();
    forward_and_loss(&l);
    node(&l, FM_OP_LINEAR_BACKWARD_INPUT, FM_PRELU, l.dx, l.dy, l.weight, l.x);
    expect(&l, "linear_backward_input", "does not compute PReLU: use prelu_backward");
    l = open_layer();
    forward_and_loss(&l);
    node(&l, FM_OP_LINEAR_BACKWARD_INPUT, FM_ELU, l.dx, l.dy, l.weight, FM_NONE);
    expect(&l, "linear_backward_input", "x is required with an activation");
    l = open_layer();
    forward_and_loss(&l);
    node(&l, FM_OP_LINEAR_BACKWARD_INPUT, FM_IDENTITY, l.dx, l.dy, l.weight, l.x);
    expect(&l, "linear_backward_input", "x is required with an activation");
    l = open_layer();
    forward_and_loss(&l);
    node(&l, FM_OP_ACTIVATION_BACKWARD, FM_IDENTITY, l.dy, l.y, FM_NONE, FM_NONE);
    expect(&l, "activation_backward", "does not support this activation");
    l = open_layer();
    forward_and_loss(&l);
    node(&l, FM_OP_ACTIVATION_BACKWARD, FM_PRELU, l.dy, l.y, FM_NONE, FM_NONE);
    expect(&l, "activation_backward", "does not support this activation");
}

static void dropout_node(const layer *l, enum fm_operation operation, float rate, int a, int b,
                         int c) {
    fm_graph_add(l->graph, (fm_node){.operation = operation, .operand = {a, b, c}, .rate = rate});
}

static void test_dropout(void **state) {
    (void)state;
    static const float refused[] = {-0.1f, 1, 1.5f, -INFINITY, INFINITY, NAN};
    static const float accepted[] = {0, 0.5f, 0.9999f};
    layer l;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        l = open_layer();
        dropout_node(&l, FM_OP_DROPOUT_MASK, refused[i], l.mask, FM_NONE, FM_NONE);
        expect(&l, "dropout_mask", "has a probability that is not in [0, 1)");
        l = open_layer();
        fm_graph_expose(l.graph, l.y);
        fm_graph_expose(l.graph, l.mask);
        dropout_node(&l, FM_OP_DROPOUT_FORWARD, refused[i], l.z, l.y, l.mask);
        expect(&l, "dropout_forward", "has a probability that is not in [0, 1)");
        l = open_layer();
        fm_graph_expose(l.graph, l.y);
        fm_graph_expose(l.graph, l.mask);
        dropout_node(&l, FM_OP_DROPOUT_BACKWARD, refused[i], l.y, l.mask, FM_NONE);
        expect(&l, "dropout_backward", "has a probability that is not in [0, 1)");
    }
    for (size_t i = 0; i < sizeof accepted / sizeof *accepted; i++) {
        l = open_layer();
        fm_graph_expose(l.graph, l.y);
        dropout(&l, accepted[i]);
        dropout_node(&l, FM_OP_DROPOUT_BACKWARD, accepted[i], l.y, l.mask, FM_NONE);
        accept(&l);
    }
    l = open_layer();
    fm_graph_expose(l.graph, l.y);
    dropout_node(&l, FM_OP_DROPOUT_FORWARD, 0.5f, l.z, l.y, l.mask);
    expect(&l, "dropout_forward", "mask is read before it is written");
    l = open_layer();
    fm_graph_expose(l.graph, l.x);
    dropout_node(&l, FM_OP_DROPOUT_MASK, 0.5f, l.mask, FM_NONE, FM_NONE);
    dropout_node(&l, FM_OP_DROPOUT_FORWARD, 0.5f, l.dx, l.x, l.mask);
    expect(&l, "dropout_forward", "mask has a size that does not match the other operands");
    l = open_layer();
    dropout_node(&l, FM_OP_DROPOUT_MASK, 0.5f, l.y, FM_NONE, FM_NONE);
    expect(&l, "dropout_mask", "mask is a tensor of another kind");
    l = open_layer();
    fm_graph_expose(l.graph, l.y);
    dropout_node(&l, FM_OP_DROPOUT_MASK, 0.5f, l.mask, FM_NONE, FM_NONE);
    dropout_node(&l, FM_OP_DROPOUT_FORWARD, 0.5f, l.y, l.y, l.mask);
    expect(&l, "dropout_forward", "y is also another operand");
}

static void test_sizes_of_tensors(void **state) {
    (void)state;
    static const size_t cols[] = {0, FM_MAX_COLS + 1};
    for (size_t i = 0; i < 2; i++) {
        layer l = open_layer();
        fm_graph_batch(l.graph, cols[i]);
        expect(&l, "a graph", i ? "a tensor has 8193 columns" : "a tensor has 0 columns");
        l = open_layer();
        fm_graph_parameters(l.graph, cols[i], 3);
        expect(&l, "a graph", i ? "a tensor has 8193 rows" : "a tensor has 0 rows");
    }
    layer l = open_layer();
    fm_graph_gradient(l.graph, 3, FM_MAX_COLS + 1);
    expect(&l, "a graph", "a tensor has 8193 columns");
    for (size_t i = 0; i < 2; i++) {
        fm_error error = {0};
        CHECK_OK(fm_graph_create(&l.graph, i ? FM_MAX_ROWS + 1 : 0, &error), &error);
        fm_graph_partial(l.graph);
        expect(&l, "a graph", i ? "a tensor has 16777217 rows" : "a tensor has 0 rows");
    }
}

/* The maximum number of each, and one more; nothing is written beyond the arrays. */
static void test_too_many(void **state) {
    (void)state;
    layer l = open_layer();
    while (l.graph->tensor_count < FM_MOST_TENSORS)
        fm_graph_mask(l.graph, 3);
    while (l.graph->node_count < FM_MOST_NODES)
        gather(&l);
    accept(&l);
    l = open_layer();
    while (l.graph->tensor_count < FM_MOST_TENSORS + 1)
        fm_graph_expose(l.graph, fm_graph_batch(l.graph, 3));
    expect(&l, "a graph", "has 0 operations and 1025 tensors; at most 1024 and 1024");
    l = open_layer();
    while (l.graph->node_count < FM_MOST_NODES + 1)
        gather(&l);
    expect(&l, "a graph", "has 1025 operations and 12 tensors; at most");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepts_stacks),   cmocka_unit_test(test_finds_sizes_and_sources),
        cmocka_unit_test(test_finds_zeros),      cmocka_unit_test(test_finds_zeros_of_dropout),
        cmocka_unit_test(test_missing_operands), cmocka_unit_test(test_dropout),
        cmocka_unit_test(test_kinds_and_sizes),  cmocka_unit_test(test_order),
        cmocka_unit_test(test_overlap),          cmocka_unit_test(test_attributes),
        cmocka_unit_test(test_sizes_of_tensors), cmocka_unit_test(test_too_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
