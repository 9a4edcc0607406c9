/* fm_graph_check accepts valid graphs, and names the fault of invalid ones. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/check.h"
#include "support/stacks.h"

enum { ROWS = 8, INPUTS = 5, OUTPUTS = 3 };

/* The tensors of one layer, its loss, its slope and its dropout. */
enum { X, Y, Z, DY, DX, SHARE, WEIGHT, GRADIENT, SLOPE, SLOPE_GRADIENT, WIDE, NARROW, MASK };

/* These tensors, without operations. */
static fm_graph *open_graph(void) {
    fm_error error = {0};
    fm_graph *g = NULL;
    CHECK_OK(fm_graph_create(&g, ROWS, &error), &error);
    fm_graph_batch(g, INPUTS);
    for (int i = Y; i <= DY; i++)
        fm_graph_batch(g, OUTPUTS);
    fm_graph_batch(g, INPUTS);
    fm_graph_partial(g);
    fm_graph_parameters(g, OUTPUTS, INPUTS);
    fm_graph_gradient(g, OUTPUTS, INPUTS);
    fm_graph_parameters(g, 1, 0);
    fm_graph_gradient(g, 1, 0);
    fm_graph_batch(g, 300);
    fm_graph_batch(g, 1);
    assert_int_equal(fm_graph_mask(g, OUTPUTS), MASK);
    return g;
}

static void node(fm_graph *g, enum fm_operation operation, int a, int b, int c) {
    fm_graph_add(g, (fm_node){.operation = operation, .operand = {a, b, c}});
}

static void forward(fm_graph *g, int z, int slope, enum fm_activation activation) {
    fm_graph_add(g, (fm_node){.operation = FM_OP_LINEAR_FORWARD,
                              .operand = {Y, z, X, WEIGHT, slope},
                              .activation = activation});
}

/* Checks that the graph is refused with this text, and frees it. */
static void expect(fm_graph *g, const char *what, const char *why) {
    fm_error error = {0};
    assert_int_equal(fm_graph_check(g, &error), FM_E_ARGUMENT);
    if (strcmp(error.what, what) != 0 || !strstr(error.why, why))
        fail_msg("'%s: %s' instead of '%s: %s'", error.what, error.why, what, why);
    fm_graph_free(g);
}

static void check(fm_graph *g) {
    fm_error error = {0};
    CHECK_OK(fm_graph_check(g, &error), &error);
}

static void accept(fm_graph *g) {
    check(g);
    fm_graph_free(g);
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
    fm_graph *g = open_graph();
    node(g, FM_OP_GATHER, X, 0, 0);
    forward(g, FM_NONE, FM_NONE, FM_IDENTITY);
    node(g, FM_OP_LOSS, DY, Y, 0);
    node(g, FM_OP_LINEAR_BACKWARD_PARAMETERS, GRADIENT, X, DY);
    node(g, FM_OP_UPDATE, WEIGHT, GRADIENT, 0);
    check(g);
    assert_int_equal(g->node[0].inputs, INPUTS);
    for (int i = 1; i < 5; i++)
        assert_int_equal(g->node[i].outputs, OUTPUTS);
    assert_int_equal(g->node[4].inputs, INPUTS);
    assert_int_equal(g->sources,
                     FM_USES_IMAGES | FM_USES_LABELS | FM_USES_OUTCOMES | FM_USES_UPDATE);
    char text[96];
    g->node[1].layer = 2;
    fm_node_text(text, sizeof text, &g->node[1], 7);
    assert_string_equal(text, "linear_forward of layer 2 (7 x 5 to 3)");
    assert_true(fm_node_flop(&g->node[1], 7) == 2.0 * 7 * 5 * 3);
    assert_true(fm_node_flop(&g->node[4], 7) == 0);
    assert_true(fm_node_bytes(g, &g->node[1], 7) == 4.0 * (7 * 5 + 7 * 3 + 3 * 6));
    fm_graph_free(g);
    g = open_graph();
    node(g, FM_OP_GATHER, X, 0, 0);
    check(g);
    assert_int_equal(g->sources, FM_USES_IMAGES);
    fm_graph_free(g);
}

/* Pixels and ReLU outputs are sparse; tensors that the host writes are not. */
static void test_finds_zeros(void **state) {
    (void)state;
    for (int activation = FM_IDENTITY; activation <= FM_ELU; activation++) {
        fm_graph *g = open_graph();
        node(g, FM_OP_GATHER, X, 0, 0);
        forward(g, Z, activation == FM_PRELU ? SLOPE : FM_NONE, (enum fm_activation)activation);
        check(g);
        assert_true(g->tensor[X].sparse);
        assert_int_equal(g->tensor[Y].sparse, activation == FM_RELU);
        assert_false(g->tensor[Z].sparse);
        fm_graph_free(g);
    }
    fm_graph *g = open_graph();
    fm_graph_expose(g, X);
    forward(g, FM_NONE, FM_NONE, FM_RELU);
    check(g);
    assert_false(g->tensor[X].sparse);
    fm_graph_free(g);
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
        fm_graph *g = open_graph();
        node(g, FM_OP_GATHER, X, 0, 0);
        forward(g, FM_NONE, FM_NONE, cases[i].below);
        node(g, FM_OP_DROPOUT_MASK, MASK, 0, 0);
        node(g, FM_OP_DROPOUT_FORWARD, Z, Y, MASK);
        g->node[3].rate = cases[i].rate;
        check(g);
        assert_int_equal(g->tensor[Z].sparse, cases[i].sparse);
        assert_int_equal(g->tensor[Y].sparse, cases[i].below == FM_RELU);
        assert_int_equal(g->sources, FM_USES_IMAGES);
        assert_true(fm_node_bytes(g, &g->node[3], 32) ==
                    2 * 4.0 * 32 * OUTPUTS + 32 * OUTPUTS / 8.0);
        fm_graph_free(g);
    }
}

#define NODE(OPERATION, ...) ((fm_node){.operation = (OPERATION), .operand = {__VA_ARGS__}})
#define ACTIVE(OPERATION, ACTIVATION, ...)                                                         \
    ((fm_node){.operation = (OPERATION), .activation = (ACTIVATION), .operand = {__VA_ARGS__}})
#define FORWARD(ACTIVATION, ...) ACTIVE(FM_OP_LINEAR_FORWARD, ACTIVATION, __VA_ARGS__)
#define GATHER                   NODE(FM_OP_GATHER, X)
#define FORWARD_AND_LOSS                                                                           \
    GATHER, FORWARD(FM_IDENTITY, Y, FM_NONE, X, WEIGHT, FM_NONE), NODE(FM_OP_LOSS, DY, Y)

/* Checks that a graph of these nodes is refused with this text. The host writes tensor `exposed`.
 */
static void refuse(const char *what, const char *why, int exposed, const fm_node *nodes,
                   size_t count) {
    fm_graph *g = open_graph();
    fm_graph_expose(g, exposed);
    for (size_t i = 0; i < count; i++)
        fm_graph_add(g, nodes[i]);
    expect(g, what, why);
}
#define REFUSED(WHAT, WHY, EXPOSED, ...)                                                           \
    refuse(WHAT, WHY, EXPOSED, (const fm_node[]){__VA_ARGS__},                                     \
           sizeof((const fm_node[]){__VA_ARGS__}) / sizeof(fm_node))

static void test_missing_operands(void **state) {
    (void)state;
    REFUSED("gather", "x is missing", FM_NONE, NODE(FM_OP_GATHER, 99));
    REFUSED("gather", "x is missing", FM_NONE, NODE(FM_OP_GATHER, -7));
    REFUSED("linear_forward", "y is missing", FM_NONE, GATHER,
            FORWARD(FM_IDENTITY, FM_NONE, FM_NONE, X, WEIGHT, FM_NONE));
    REFUSED("linear_forward", "parameters is missing", FM_NONE, GATHER,
            FORWARD(FM_IDENTITY, Y, FM_NONE, X, FM_NONE, FM_NONE));
}

static void test_kinds_and_sizes(void **state) {
    (void)state;
    REFUSED("linear_forward", "y is a tensor of another kind", FM_NONE, GATHER,
            FORWARD(FM_IDENTITY, WEIGHT, FM_NONE, X, WEIGHT, FM_NONE));
    REFUSED("linear_forward", "parameters has a size that does not match", FM_NONE, GATHER,
            FORWARD(FM_IDENTITY, DX, FM_NONE, X, WEIGHT, FM_NONE));
    REFUSED("linear_forward", "z has a size that does not match", FM_NONE, GATHER,
            FORWARD(FM_IDENTITY, Y, DX, X, WEIGHT, FM_NONE));
    REFUSED("linear_forward", "slope has a size that does not match", FM_NONE, GATHER,
            FORWARD(FM_PRELU, Y, FM_NONE, X, WEIGHT, WEIGHT));
    REFUSED("linear_backward_parameters", "x has a size that does not match", FM_NONE,
            FORWARD_AND_LOSS, NODE(FM_OP_LINEAR_BACKWARD_PARAMETERS, SLOPE_GRADIENT, X, DY));
    REFUSED("update", "gradient has a size that does not match", SLOPE_GRADIENT,
            NODE(FM_OP_UPDATE, WEIGHT, SLOPE_GRADIENT));
    REFUSED("loss", "logits must have 2 to 256 columns", WIDE, NODE(FM_OP_LOSS, FM_NONE, WIDE));
    REFUSED("loss", "logits must have 2 to 256 columns", NARROW, NODE(FM_OP_LOSS, FM_NONE, NARROW));
}

static void test_order(void **state) {
    (void)state;
    REFUSED("linear_forward", "x is read before it is written", FM_NONE,
            FORWARD(FM_IDENTITY, Y, FM_NONE, X, WEIGHT, FM_NONE));
    REFUSED("prelu_backward_slope", "share is read before it is written", FM_NONE,
            NODE(FM_OP_PRELU_BACKWARD_SLOPE, SLOPE_GRADIENT, SHARE));
    REFUSED("update", "gradient is read before it is written", FM_NONE,
            NODE(FM_OP_UPDATE, WEIGHT, GRADIENT));
    REFUSED("activation_backward", "dy is read before it is written", Y,
            ACTIVE(FM_OP_ACTIVATION_BACKWARD, FM_RELU, DY, Y));
    REFUSED("linear_backward_input", "parameters is used after its update", FM_NONE,
            FORWARD_AND_LOSS, NODE(FM_OP_LINEAR_BACKWARD_PARAMETERS, GRADIENT, X, DY),
            NODE(FM_OP_UPDATE, WEIGHT, GRADIENT),
            NODE(FM_OP_LINEAR_BACKWARD_INPUT, DX, DY, WEIGHT, FM_NONE));
    REFUSED("update", "parameters is used after its update", GRADIENT,
            NODE(FM_OP_UPDATE, WEIGHT, GRADIENT), NODE(FM_OP_UPDATE, WEIGHT, GRADIENT));
}

/* A result must not be another operand of the same operation. */
static void test_overlap(void **state) {
    (void)state;
    REFUSED("linear_forward", "y is also another operand", FM_NONE, GATHER,
            FORWARD(FM_IDENTITY, Y, Y, X, WEIGHT, FM_NONE));
    REFUSED("loss", "dlogits is also another operand", Y, NODE(FM_OP_LOSS, Y, Y));
    REFUSED("activation_backward", "dy is also another operand", DY,
            ACTIVE(FM_OP_ACTIVATION_BACKWARD, FM_RELU, DY, DY));
}

static void test_attributes(void **state) {
    (void)state;
    REFUSED("linear_forward", "slope is required with PReLU and not allowed without", FM_NONE,
            GATHER, FORWARD(FM_PRELU, Y, Z, X, WEIGHT, FM_NONE));
    REFUSED("linear_forward", "slope is required with PReLU and not allowed without", FM_NONE,
            GATHER, FORWARD(FM_RELU, Y, Z, X, WEIGHT, SLOPE));
    REFUSED("linear_backward_input", "does not compute PReLU: use prelu_backward", FM_NONE,
            FORWARD_AND_LOSS, ACTIVE(FM_OP_LINEAR_BACKWARD_INPUT, FM_PRELU, DX, DY, WEIGHT, X));
    REFUSED("linear_backward_input", "x is required with an activation", FM_NONE, FORWARD_AND_LOSS,
            ACTIVE(FM_OP_LINEAR_BACKWARD_INPUT, FM_ELU, DX, DY, WEIGHT, FM_NONE));
    REFUSED("linear_backward_input", "x is required with an activation", FM_NONE, FORWARD_AND_LOSS,
            NODE(FM_OP_LINEAR_BACKWARD_INPUT, DX, DY, WEIGHT, X));
    REFUSED("activation_backward", "does not support this activation", FM_NONE, FORWARD_AND_LOSS,
            NODE(FM_OP_ACTIVATION_BACKWARD, DY, Y));
    REFUSED("activation_backward", "does not support this activation", FM_NONE, FORWARD_AND_LOSS,
            ACTIVE(FM_OP_ACTIVATION_BACKWARD, FM_PRELU, DY, Y));
}

static void test_dropout(void **state) {
    (void)state;
    REFUSED("dropout_forward", "mask is read before it is written", Y,
            NODE(FM_OP_DROPOUT_FORWARD, Z, Y, MASK));
    REFUSED("dropout_forward", "mask has a size that does not match the other operands", X,
            NODE(FM_OP_DROPOUT_MASK, MASK), NODE(FM_OP_DROPOUT_FORWARD, DX, X, MASK));
    REFUSED("dropout_mask", "mask is a tensor of another kind", FM_NONE,
            NODE(FM_OP_DROPOUT_MASK, Y));
    REFUSED("dropout_forward", "y is also another operand", Y, NODE(FM_OP_DROPOUT_MASK, MASK),
            NODE(FM_OP_DROPOUT_FORWARD, Y, Y, MASK));
}

static void test_dropout_rates(void **state) {
    (void)state;
    static const float refused[] = {-0.1f, 1, 1.5f, -INFINITY, INFINITY, NAN};
    static const float accepted[] = {0, 0.5f, 0.9999f};
    const fm_node nodes[] = {NODE(FM_OP_DROPOUT_MASK, MASK),
                             NODE(FM_OP_DROPOUT_FORWARD, Z, Y, MASK),
                             NODE(FM_OP_DROPOUT_BACKWARD, Y, MASK)};
    for (size_t n = 0; n < 3; n++)
        for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
            fm_graph *g = open_graph();
            fm_node node = nodes[n];
            fm_graph_expose(g, Y);
            fm_graph_expose(g, MASK);
            node.rate = refused[i];
            fm_graph_add(g, node);
            expect(g, fm_operation_get(node.operation)->name,
                   "has a probability that is not in [0, 1)");
        }
    for (size_t i = 0; i < sizeof accepted / sizeof *accepted; i++) {
        fm_graph *g = open_graph();
        fm_graph_expose(g, Y);
        for (size_t n = 0; n < 3; n++) {
            fm_node node = nodes[n];
            node.rate = accepted[i];
            fm_graph_add(g, node);
        }
        accept(g);
    }
}

static void test_sizes_of_tensors(void **state) {
    (void)state;
    static const size_t cols[] = {0, FM_MAX_COLS + 1};
    for (size_t i = 0; i < 2; i++) {
        fm_graph *g = open_graph();
        fm_graph_batch(g, cols[i]);
        expect(g, "a graph", i ? "a tensor has 8193 columns" : "a tensor has 0 columns");
        g = open_graph();
        fm_graph_parameters(g, cols[i], 3);
        expect(g, "a graph", i ? "a tensor has 8193 rows" : "a tensor has 0 rows");
    }
    fm_graph *g = open_graph();
    fm_graph_gradient(g, 3, FM_MAX_COLS + 1);
    expect(g, "a graph", "a tensor has 8193 columns");
    for (size_t i = 0; i < 2; i++) {
        fm_error error = {0};
        CHECK_OK(fm_graph_create(&g, i ? FM_MAX_ROWS + 1 : 0, &error), &error);
        fm_graph_partial(g);
        expect(g, "a graph", i ? "a tensor has 16777217 rows" : "a tensor has 0 rows");
    }
}

/* The maximum number of each, and one more; nothing is written beyond the arrays. */
static void test_too_many(void **state) {
    (void)state;
    fm_graph *g = open_graph();
    while (g->tensor_count < FM_MOST_TENSORS)
        fm_graph_mask(g, 3);
    while (g->node_count < FM_MOST_NODES)
        node(g, FM_OP_GATHER, X, 0, 0);
    accept(g);
    g = open_graph();
    while (g->tensor_count < FM_MOST_TENSORS + 1)
        fm_graph_expose(g, fm_graph_batch(g, 3));
    expect(g, "a graph", "has 0 operations and 1025 tensors; at most 1024 and 1024");
    g = open_graph();
    while (g->node_count < FM_MOST_NODES + 1)
        node(g, FM_OP_GATHER, X, 0, 0);
    expect(g, "a graph", "has 1025 operations and 13 tensors; at most");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepts_stacks),
        cmocka_unit_test(test_finds_sizes_and_sources),
        cmocka_unit_test(test_finds_zeros),
        cmocka_unit_test(test_finds_zeros_of_dropout),
        cmocka_unit_test(test_missing_operands),
        cmocka_unit_test(test_kinds_and_sizes),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_overlap),
        cmocka_unit_test(test_attributes),
        cmocka_unit_test(test_dropout),
        cmocka_unit_test(test_dropout_rates),
        cmocka_unit_test(test_sizes_of_tensors),
        cmocka_unit_test(test_too_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
