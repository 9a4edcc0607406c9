/* The passes through a network as graphs: their operations, that a step equals a gradient pass and
 * an update pass, and that an activation is also correct if it is not fused with a product. */
#include <math.h>
#include <string.h>

#include "base/random.h"
#include "nn/schedule.h"
#include "support/backends.h"
#include "support/check.h"
#include "support/passes.h"
#include "support/tolerances.h"

enum { ROWS = 19, INPUTS = 21, STEPS = 3 };

static uint8_t pixels[ROWS * INPUTS], labels[ROWS];
static const fm_images images = {ROWS, INPUTS, pixels, labels};

static fm_architecture small_network(enum fm_activation activation) {
    return (fm_architecture){.inputs = INPUTS,
                             .outputs = FM_CLASSES,
                             .hidden_count = 2,
                             .hidden = {17, 12},
                             .activation = activation};
}

/* ---- Operations ---- */

#define FORWARD  "gather linear_forward.1 linear_forward.2 linear_forward.3 "
#define BACKWARD "loss linear_backward_input.3 linear_backward_input.2 "
#define BACKWARD_PRELU                                                                             \
    "loss linear_backward_input.3 prelu_backward.2 linear_backward_input.2 prelu_backward.1 "

static void test_operations(void **state) {
    (void)state;
    static const struct {
        enum fm_activation activation;
        enum fm_pass pass;
        const char *operations;
    } cases[] = {
        {FM_ELU, FM_PASS_FORWARD, FORWARD},
        {FM_PRELU, FM_PASS_SCORE, FORWARD "loss "},
        {FM_RELU, FM_PASS_STEP,
         FORWARD BACKWARD "linear_backward_parameters.3 update.3 "
                          "linear_backward_parameters.2 update.2 "
                          "linear_backward_parameters.1 update.1 "},
        {FM_PRELU, FM_PASS_STEP,
         FORWARD BACKWARD_PRELU "linear_backward_parameters.3 update.3 "
                                "prelu_backward_slope.2 update.2 "
                                "linear_backward_parameters.2 update.2 "
                                "prelu_backward_slope.1 update.1 "
                                "linear_backward_parameters.1 update.1 "},
        {FM_PRELU, FM_PASS_GRADIENT,
         FORWARD BACKWARD_PRELU "linear_backward_parameters.3 prelu_backward_slope.2 "
                                "linear_backward_parameters.2 prelu_backward_slope.1 "
                                "linear_backward_parameters.1 "},
        {FM_PRELU, FM_PASS_UPDATE, "update.3 update.2 update.2 update.1 update.1 "},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[1024];
        const fm_architecture a = small_network(cases[i].activation);
        passes_text(text, sizeof text, &a, cases[i].pass);
        assert_string_equal(text, cases[i].operations);
    }
}

/* Only training passes keep z for PReLU's gradient: it would cost other passes memory. */
static void test_only_training_keeps_z(void **state) {
    (void)state;
    const fm_architecture a = small_network(FM_PRELU);
    fm_stack stack;
    fm_stack_init(&stack, &a);
    for (int pass = FM_PASS_FORWARD; pass <= FM_PASS_GRADIENT; pass++) {
        fm_error error = {0};
        fm_graph *graph = NULL;
        size_t kept = 0;
        CHECK_OK(fm_pass_graph(&graph, &stack, (enum fm_pass)pass, FM_MSE, ROWS, &error), &error);
        for (size_t i = 0; i < graph->node_count; i++)
            kept += graph->node[i].operation == FM_OP_LINEAR_FORWARD &&
                    graph->node[i].operand[1] != FM_NONE;
        assert_int_equal(kept, pass == FM_PASS_STEP || pass == FM_PASS_GRADIENT ? 2 : 0);
        fm_graph_free(graph);
    }
}

/* Module numbers in files are the layers' indices in the stack. */
static void test_modules(void **state) {
    (void)state;
    const fm_architecture a = small_network(FM_PRELU);
    fm_stack stack;
    size_t linear = 0;
    fm_stack_init(&stack, &a);
    assert_int_equal(stack.count, 5);
    for (size_t i = 0; i < stack.count; i++) {
        const int is_activation = stack.layer[i].kind == fm_activation_layer(FM_RELU, 1).kind;
        assert_int_equal(stack.layer[i].module, i);
        linear += !is_activation;
        assert_int_equal(stack.layer[i].number, linear);
        assert_int_equal(fm_architecture_module(&a, linear - 1) + (size_t)is_activation, i);
    }
    assert_int_equal(fm_architecture_module(&a, FM_MAX_HIDDEN + 1), 2 * (FM_MAX_HIDDEN + 1));
}

/* ---- A step is a gradient pass and an update pass ---- */

static passes open_passes(fm_backend *backend, fm_stack *stack, const enum fm_pass *which,
                          size_t count, size_t slots) {
    return passes_open(backend, stack, which, count, ROWS, slots, FM_COMPILE_FUSED, &images);
}

static void check_step(fm_backend *backend, const char *name, enum fm_activation activation,
                       const fm_optimizer *optimizer) {
    static const enum fm_pass whole[] = {FM_PASS_STEP},
                              divided[] = {FM_PASS_GRADIENT, FM_PASS_UPDATE};
    static float one[3 * PASSES_VALUES], two[3 * PASSES_VALUES];
    const fm_architecture a = small_network(activation);
    const size_t slots = fm_schedule_slots(optimizer);
    fm_stack stack;
    fm_stack_init(&stack, &a);
    passes step = open_passes(backend, &stack, whole, 1, slots);
    passes pass = open_passes(backend, &stack, divided, 2, slots);
    for (uint64_t t = 1; t <= STEPS; t++) {
        fm_step now = {.rows = ROWS, .batch_rows = ROWS};
        fm_schedule_update(&now.update, optimizer, t);
        passes_run(&step, 0, &now);
        const size_t before = passes_read(two, &pass);
        passes_run(&pass, 0, &now);
        assert_int_equal(passes_read(one, &pass), before);
        assert_memory_equal(one, two, before * sizeof *one); /* a gradient changes no parameter */
        passes_run(&pass, 1, &now);
    }
    const size_t count = passes_read(one, &step);
    assert_int_equal(passes_read(two, &pass), count);
    if (memcmp(one, two, count * sizeof *one) != 0)
        fail_msg("%s, %s, %s: a step has other bits than its two passes", name,
                 fm_activation_name(activation), fm_optimizer_name(optimizer->kind));
    passes_close(&pass);
    passes_close(&step);
}

static void test_step_in_two_passes(void **state) {
    (void)state;
    for (size_t k = 0; k <= backend_count; k++)
        for (int kind = FM_ADAM; kind <= FM_RMSPROP; kind++) {
            fm_optimizer optimizer;
            fm_optimizer_init(&optimizer, (enum fm_optimizer_kind)kind);
            optimizer.weight_decay = 0.01;
            optimizer.momentum = 0.5;
            for (int a = FM_IDENTITY; a <= FM_ELU; a++)
                check_step(backends[k].backend, backends[k].name, (enum fm_activation)a,
                           &optimizer);
        }
}

/* ---- An activation that is not fused with a product ---- */

/* A layer without effect, but with an operation in the backward pass: the derivative of ReLU at a
 * tensor of ones. */
enum { ONES };

static void barrier_declare(fm_layer *layer, fm_graph *graph) {
    layer->parameters = layer->gradient = FM_NONE;
    layer->own[ONES] = fm_graph_batch(graph, layer->outputs);
    fm_graph_expose(graph, layer->own[ONES]);
}

static int barrier_forward(fm_layer *layer, fm_graph *graph, int x, int is_training) {
    (void)layer, (void)graph, (void)is_training;
    return x;
}

static int barrier_backward(fm_layer *layer, fm_graph *graph, int dy) {
    fm_graph_add(graph, (fm_node){.operation = FM_OP_ACTIVATION_BACKWARD,
                                  .operand = {dy, layer->own[ONES]},
                                  .activation = FM_RELU,
                                  .layer = layer->number});
    return dy;
}

static const fm_layer_kind barrier = {barrier_declare, barrier_forward, barrier_backward, NULL};

enum { WIDTH = 13, GRADIENTS = WIDTH * (INPUTS + 1) + 1 };

static size_t count_operations(const fm_graph *graph, enum fm_operation operation) {
    size_t count = 0;
    for (size_t i = 0; i < graph->node_count; i++)
        count += graph->node[i].operation == operation;
    return count;
}

/* The gradients of the first layer and, with PReLU, of the slope. With is_apart, this layer is
 * between the activation and the product with which its derivative would be fused. */
static void gradients_below(float out[GRADIENTS], fm_backend *backend,
                            enum fm_activation activation, int is_apart) {
    static const enum fm_pass pass[] = {FM_PASS_GRADIENT};
    fm_error error = {0};
    fm_stack stack = {.count = 0};
    fm_stack_add(&stack, fm_linear_layer(INPUTS, WIDTH), 1);
    fm_stack_add(&stack, fm_activation_layer(activation, WIDTH), 1);
    if (is_apart)
        fm_stack_add(&stack, (fm_layer){.kind = &barrier, .inputs = WIDTH, .outputs = WIDTH}, 1);
    fm_stack_add(&stack, fm_linear_layer(WIDTH, FM_CLASSES), 2);
    passes r = open_passes(backend, &stack, pass, 1, 0);
    const int has_own = is_apart && (activation == FM_RELU || activation == FM_ELU);
    assert_int_equal(count_operations(r.graph[0], FM_OP_ACTIVATION_BACKWARD), is_apart + has_own);
    if (is_apart) {
        float ones[ROWS * WIDTH];
        for (size_t i = 0; i < ROWS * WIDTH; i++)
            ones[i] = 1;
        CHECK_OK(fm_plan_write(r.plan, 0, stack.layer[2].own[ONES], ones, ROWS, &error), &error);
    }
    passes_run(&r, 0, &(fm_step){.rows = ROWS, .batch_rows = ROWS});
    CHECK_OK(fm_plan_read(out, r.plan, 0, stack.layer[0].gradient, 1, &error), &error);
    out[GRADIENTS - 1] = 0;
    if (activation == FM_PRELU)
        CHECK_OK(fm_plan_read(out + GRADIENTS - 1, r.plan, 0, stack.layer[1].gradient, 1, &error),
                 &error);
    passes_close(&r);
}

static void test_unfused_activation(void **state) {
    (void)state;
    for (int a = FM_IDENTITY; a <= FM_ELU; a++) {
        static float expected[GRADIENTS], actual[GRADIENTS];
        gradients_below(expected, reference, (enum fm_activation)a, 0);
        gradients_below(actual, reference, (enum fm_activation)a, 1);
        /* The reference sums in double; unfused, it rounds the sum before the derivative. */
        check_close(actual, expected, GRADIENTS, TOLERANCE_ELEMENTWISE, "reference, %s",
                    fm_activation_name((enum fm_activation)a));
        for (size_t k = 0; k < backend_count; k++) {
            gradients_below(actual, backends[k].backend, (enum fm_activation)a, 1);
            check_close(actual, expected, GRADIENTS, TOLERANCE_PRODUCT(INPUTS + ROWS) * 4, "%s, %s",
                        backends[k].name, fm_activation_name((enum fm_activation)a));
        }
    }
}

static int set_up(void **state) {
    fm_random random;
    fm_random_seed(&random, 9, 99);
    for (size_t i = 0; i < ROWS * INPUTS; i++)
        pixels[i] = (uint8_t)fm_random_below(&random, 256);
    for (size_t i = 0; i < ROWS; i++)
        labels[i] = (uint8_t)fm_random_below(&random, FM_CLASSES);
    return backends_set_up(state);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_operations),
        cmocka_unit_test(test_only_training_keeps_z),
        cmocka_unit_test(test_modules),
        cmocka_unit_test(test_step_in_two_passes),
        cmocka_unit_test(test_unfused_activation),
    };
    return cmocka_run_group_tests(tests, set_up, backends_tear_down);
}
