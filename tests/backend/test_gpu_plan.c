/* A GPU's plan: how many launches it makes of a graph, that operations which share a launch give
 * the bits that they give alone, that both kinds of products agree with the reference, and that
 * each failing call is reported and leaks nothing. */
#include <stdlib.h>
#include <string.h>

#include "backend/gpu/gpu.h"
#include "backend/reference/reference.h"
#include "base/random.h"
#include "support/check.h"
#include "support/opencl_calls.h"
#include "support/tolerances.h"

enum { IMAGES = 90, MOST_LAYERS = 9, MOST_VALUES = 1 << 18, MOST_PARTS = 128, SLOTS = 2 };

/* ---- Networks as graphs ---- */

typedef struct network {
    size_t inputs, outputs, hidden_count, hidden[MOST_LAYERS - 1], batch;
    enum fm_activation activation;
    enum fm_loss loss;
    int is_apart; /* the activation's derivative is an operation of its own */
} network;

enum { STEP, SCORE, FORWARD, GRADIENTS, GRAPHS };

typedef struct layer {
    int parameters, slope, y, z, dy, share, gradient, slope_gradient;
} layer;

typedef struct tensors {
    int x;
    layer layer[MOST_LAYERS];
} tensors;

static size_t layers(const network *n) {
    return n->hidden_count + 1;
}

static size_t width(const network *n, size_t l) {
    return l < n->hidden_count ? n->hidden[l] : n->outputs;
}

static size_t depth(const network *n, size_t l) {
    return l ? width(n, l - 1) : n->inputs;
}

static int has_slope(const network *n, size_t l) {
    return n->activation == FM_PRELU && l < n->hidden_count;
}

static void declare(tensors *t, fm_graph *graph, const network *n) {
    t->x = fm_graph_batch(graph, n->inputs);
    for (size_t l = 0; l < layers(n); l++) {
        layer *own = &t->layer[l];
        const size_t cols = width(n, l);
        own->parameters = fm_graph_parameters(graph, cols, depth(n, l));
        own->slope = has_slope(n, l) ? fm_graph_parameters(graph, 1, 0) : FM_NONE;
        own->y = fm_graph_batch(graph, cols);
        own->z = has_slope(n, l) ? fm_graph_batch(graph, cols) : FM_NONE;
        own->dy = fm_graph_batch(graph, cols);
        own->share = has_slope(n, l) ? fm_graph_partial(graph) : FM_NONE;
        own->gradient = fm_graph_gradient(graph, cols, depth(n, l));
        own->slope_gradient = has_slope(n, l) ? fm_graph_gradient(graph, 1, 0) : FM_NONE;
    }
}

static void add_forward(fm_graph *graph, const network *n, const tensors *t, int keeps_z) {
    fm_graph_add(graph, (fm_node){.operation = FM_OP_GATHER, .operand = {t->x}});
    for (size_t l = 0; l < layers(n); l++) {
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
    for (size_t l = layers(n); l-- > 0;) {
        const layer *own = &t->layer[l];
        fm_graph_add(graph,
                     (fm_node){.operation = FM_OP_LINEAR_BACKWARD_PARAMETERS,
                               .operand = {own->gradient, l ? t->layer[l - 1].y : t->x, own->dy}});
        if (is_updated)
            fm_graph_add(graph, (fm_node){.operation = FM_OP_UPDATE,
                                          .operand = {own->parameters, own->gradient}});
        if (!has_slope(n, l))
            continue;
        fm_graph_add(graph, (fm_node){.operation = FM_OP_PRELU_BACKWARD_SLOPE,
                                      .operand = {own->slope_gradient, own->share}});
        if (is_updated)
            fm_graph_add(graph, (fm_node){.operation = FM_OP_UPDATE,
                                          .operand = {own->slope, own->slope_gradient}});
    }
}

static fm_graph *graph_of(tensors *t, const network *n, int which) {
    fm_graph *graph = NULL;
    fm_error error = {0};
    const int is_backward = which == STEP || which == GRADIENTS;
    CHECK_OK(fm_graph_create(&graph, is_backward ? n->batch : IMAGES, &error), &error);
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
    for (size_t l = 0; which == GRADIENTS && l < layers(n); l++) {
        fm_graph_expose(graph, t->layer[l].gradient);
        if (has_slope(n, l))
            fm_graph_expose(graph, t->layer[l].slope_gradient);
    }
    CHECK_OK(fm_graph_check(graph, &error), &error);
    return graph;
}

/* ---- A network on a back end ---- */

typedef struct machine {
    const network *network;
    fm_backend *backend;
    fm_samples *samples;
    fm_outcomes *outcomes;
    fm_parameters *parameters[2 * MOST_LAYERS];
    size_t parameter_count;
    fm_graph *graph[GRAPHS];
    tensors tensors;
    fm_plan *plan;
} machine;

static uint8_t pixels[IMAGES * 800], labels[IMAGES];
static float values[MOST_VALUES];

static void random_values(fm_random *random, size_t count, float scale) {
    for (size_t i = 0; i < count; i++)
        values[i] = (fm_random_unit(random) - 0.5f) * scale;
}

static void create_parameters(machine *m, size_t outputs, size_t inputs, fm_random *random) {
    fm_parameters **p = &m->parameters[m->parameter_count++];
    fm_error error = {0};
    CHECK_OK(fm_parameters_create(p, m->backend, outputs, inputs, SLOTS, &error), &error);
    random_values(random, outputs * (inputs + 1), inputs ? 0.5f : 1.0f);
    CHECK_OK(fm_parameters_write(*p, 0, values, values + outputs * inputs, &error), &error);
}

static int compile(machine *m, size_t graphs, enum fm_compile how, fm_error *error) {
    return fm_plan_compile(&m->plan, m->backend, (const fm_graph *const *)m->graph, graphs,
                           m->parameters, m->parameter_count, how, error);
}

static void open_samples(machine *m) {
    const fm_images images = {IMAGES, m->network->inputs, pixels, labels};
    uint32_t order[IMAGES];
    fm_error error = {0};
    CHECK_OK(fm_samples_create(&m->samples, m->backend, &images, &error), &error);
    for (uint32_t i = 0; i < IMAGES; i++)
        order[i] = (i * 7 + 3) % IMAGES;
    CHECK_OK(fm_samples_set_order(m->samples, order, IMAGES, &error), &error);
}

/* graphs: so many, from STEP on; 0: no plan yet. */
static void set_up(machine *m, fm_backend *backend, const network *n, size_t graphs,
                   enum fm_compile how) {
    fm_random random;
    fm_error error = {0};
    *m = (machine){.network = n, .backend = backend};
    fm_random_seed(&random, n->inputs, n->outputs);
    for (size_t i = 0; i < IMAGES * n->inputs; i++)
        pixels[i] = i / 7 % 2 ? 0 : (uint8_t)fm_random_below(&random, 256);
    for (size_t i = 0; i < IMAGES; i++)
        labels[i] = (uint8_t)fm_random_below(&random, (uint32_t)n->outputs);
    open_samples(m);
    CHECK_OK(fm_outcomes_create(&m->outcomes, backend, IMAGES, &error), &error);
    for (size_t l = 0; l < layers(n); l++) {
        create_parameters(m, width(n, l), depth(n, l), &random);
        if (has_slope(n, l))
            create_parameters(m, 1, 0, &random);
    }
    for (int g = 0; g < GRAPHS; g++)
        m->graph[g] = graph_of(&m->tensors, n, g);
    if (graphs)
        CHECK_OK(compile(m, graphs, how, &error), &error);
}

static void tear_down(machine *m) {
    fm_plan_free(m->plan);
    for (int g = 0; g < GRAPHS; g++)
        fm_graph_free(m->graph[g]);
    for (size_t i = 0; i < m->parameter_count; i++)
        fm_parameters_free(m->parameters[i]);
    fm_outcomes_free(m->outcomes);
    fm_samples_free(m->samples);
}

static int run(machine *m, size_t graph, const fm_update *update, size_t first, size_t rows,
               fm_error *error) {
    const fm_step step = {.first = (int)first,
                          .rows = (int)rows,
                          .batch_rows = (int)rows,
                          .epoch = 1,
                          .update = *update};
    return fm_plan_run(m->plan, graph, m->samples, m->outcomes, &step, error);
}

/* Values that a training leaves behind: of each tensor a part. */
typedef struct record {
    float value[MOST_VALUES];
    size_t end[MOST_PARTS]; /* of each part */
    size_t count;           /* parts */
} record;

static float *next_part(record *r, size_t size) {
    const size_t first = r->count ? r->end[r->count - 1] : 0;
    assert_true(r->count < MOST_PARTS && size <= MOST_VALUES - first);
    r->end[r->count++] = first + size;
    return r->value + first;
}

static void add_outcomes(record *r, machine *m) {
    fm_error error = {0};
    uint8_t predictions[IMAGES];
    CHECK_OK(fm_outcomes_read(next_part(r, IMAGES), predictions, m->outcomes, 0, IMAGES, &error),
             &error);
    float *out = next_part(r, IMAGES);
    for (size_t i = 0; i < IMAGES; i++)
        out[i] = predictions[i];
}

static void add_parameters(record *r, machine *m) {
    fm_error error = {0};
    for (size_t t = 0; t < m->graph[STEP]->tensor_count; t++) {
        const fm_tensor *tensor = &m->graph[STEP]->tensor[t];
        const size_t weights = tensor->rows * tensor->cols;
        if (tensor->kind != FM_TENSOR_PARAMETERS)
            continue;
        for (size_t slot = 0; slot <= SLOTS; slot++) {
            float *weight = next_part(r, weights), *bias = next_part(r, tensor->rows);
            CHECK_OK(fm_parameters_read(weight, bias, m->parameters[tensor->binding], slot, &error),
                     &error);
        }
    }
}

/* The exposed tensors of a graph. */
static void add_exposed(record *r, machine *m, size_t graph, size_t rows) {
    fm_error error = {0};
    for (size_t t = 0; t < m->graph[graph]->tensor_count; t++) {
        const fm_tensor *tensor = &m->graph[graph]->tensor[t];
        if (!tensor->is_host)
            continue;
        float *out = next_part(r, fm_tensor_is_batch(tensor) ? rows * tensor->cols
                                                             : tensor->rows * (tensor->cols + 1));
        CHECK_OK(fm_plan_read(out, m->plan, graph, (int)t, rows, &error), &error);
    }
}

/* ---- The back ends ---- */

static fm_cl_context *context;

static fm_backend *open_gpu(enum fm_gpu_products products) {
    fm_backend *backend = NULL;
    fm_error error = {0};
    context = opencl_open();
    context->lone_items = context->shares_memory = 0;
    CHECK_OK(fm_gpu_create(&backend, context, products, NULL, &error), &error);
    return backend;
}

static void close_gpu(fm_backend *backend) {
    fm_backend_free(backend);
    fm_cl_context_free(context);
    assert_int_equal(opencl_live, 0);
}

static const fm_update rules[] = {
    {.rule = FM_UPDATE_SGD, .lr = 0.05f, .momentum = 0.9f, .nesterov = 1, .weight_decay = 0.01f},
    {.rule = FM_UPDATE_ADAM,
     .decay1 = 0.9f,
     .rest1 = 0.1f,
     .decay2 = 0.999f,
     .rest2 = 0.001f,
     .eps = 1e-3f,
     .step_size = 0.01f,
     .root_scale = 1.5f},
    {.rule = FM_UPDATE_RMSPROP,
     .lr = 0.003f,
     .decay1 = 0.9f,
     .rest1 = 0.1f,
     .eps = 1e-3f,
     .momentum = 0.5f},
};
enum { RULES = sizeof rules / sizeof *rules };

/* ---- Tests ---- */

static void test_launches(void **state) {
    (void)state;
    static const struct {
        network network;
        size_t step, score, gradients;
    } cases[] = {
        {{784, 10, 2, {256, 128}, 64, FM_RELU, FM_CROSS_ENTROPY, 0}, 6, 3, 6},
        {{35, 10, 2, {20, 50}, 40, FM_PRELU, FM_CROSS_ENTROPY, 0}, 8, 3, 8},
        {{35, 10, 0, {0}, 40, FM_RELU, FM_CROSS_ENTROPY, 0}, 3, 2, 3}, /* the loss is alone */
        {{35, 10, 7, {9, 8, 9, 8, 9, 8, 9}, 40, FM_ELU, FM_CROSS_ENTROPY, 0}, 16, 8, 16},
        {{35, 40, 1, {12}, 40, FM_RELU, FM_CROSS_ENTROPY, 0}, 5, 3, 5}, /* logits in two groups */
        {{35, 10, 2, {20, 50}, 40, FM_ELU, FM_CROSS_ENTROPY, 1}, 8, 3, 8},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int how = FM_COMPILE_FUSED; how <= FM_COMPILE_SEPARATE; how++) {
            static const int graphs[] = {STEP, SCORE, GRADIENTS};
            fm_error error = {0};
            machine m;
            fm_backend *gpu = open_gpu(FM_GPU_TILE);
            set_up(&m, gpu, &cases[i].network, GRAPHS, (enum fm_compile)how);
            const size_t fused[] = {cases[i].step, cases[i].score, cases[i].gradients};
            for (size_t g = 0; g < 3; g++) {
                const size_t before = context->pace.launches;
                CHECK_OK(run(&m, (size_t)graphs[g], &rules[0], 7, 40, &error), &error);
                assert_int_equal(context->pace.launches - before,
                                 how == FM_COMPILE_FUSED ? fused[g]
                                                         : m.graph[graphs[g]]->node_count);
            }
            CHECK_OK(fm_backend_finish(gpu, &error), &error);
            tear_down(&m);
            close_gpu(gpu);
        }
}

/* Batches of many sizes on all graphs of the network's plan. */
static void train(record *out, machine *m, const fm_update *update) {
    const size_t batch = m->network->batch;
    const size_t sizes[] = {batch, 1, batch < 17 ? batch : 17, batch - batch / 3, batch};
    fm_error error = {0};
    out->count = 0;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        CHECK_OK(run(m, STEP, update, i, sizes[i], &error), &error);
    add_outcomes(out, m);
    CHECK_OK(run(m, FORWARD, update, 0, IMAGES, &error), &error);
    add_exposed(out, m, FORWARD, IMAGES);
    CHECK_OK(run(m, GRADIENTS, update, 5, batch, &error), &error);
    add_exposed(out, m, GRADIENTS, batch);
    CHECK_OK(run(m, SCORE, update, 3, IMAGES - 3, &error), &error);
    add_outcomes(out, m);
    add_parameters(out, m);
}

static void assert_same_bits(const record *actual, const record *expected, const char *what) {
    assert_int_equal(actual->count, expected->count);
    for (size_t v = 0; v < expected->end[expected->count - 1]; v++)
        if (memcmp(&actual->value[v], &expected->value[v], sizeof *actual->value) != 0)
            fail_msg("%s: value %zu is %.9g, not %.9g", what, v, (double)actual->value[v],
                     (double)expected->value[v]);
}

static network random_network(fm_random *random) {
    static const size_t batches[] = {1, 2, 17, 31, 40, 64, 77};
    network n = {.inputs = 1 + fm_random_below(random, 99),
                 .outputs = 2 + fm_random_below(random, 50),
                 .hidden_count = fm_random_below(random, 5),
                 .batch = batches[fm_random_below(random, 7)],
                 .activation = (enum fm_activation)fm_random_below(random, FM_ELU + 1),
                 .loss = fm_random_below(random, 2) ? FM_MSE : FM_CROSS_ENTROPY,
                 .is_apart = (int)fm_random_below(random, 2)};
    for (size_t l = 0; l < n.hidden_count; l++)
        n.hidden[l] = 1 + fm_random_below(random, 70);
    return n;
}

static record expected, actual;

static void test_fused_equals_separate(void **state) {
    (void)state;
    fm_random random;
    fm_random_seed(&random, 17, 1);
    for (size_t i = 0; i < 24; i++) {
        const network n = random_network(&random);
        char what[32];
        for (int how = FM_COMPILE_FUSED; how <= FM_COMPILE_SEPARATE; how++) {
            machine m;
            fm_backend *gpu = open_gpu(FM_GPU_TILE);
            set_up(&m, gpu, &n, GRAPHS, (enum fm_compile)how);
            train(how == FM_COMPILE_FUSED ? &actual : &expected, &m, &rules[i % RULES]);
            tear_down(&m);
            close_gpu(gpu);
        }
        snprintf(what, sizeof what, "network %zu", i);
        assert_same_bits(&actual, &expected, what);
    }
}

static void train_on(record *out, fm_backend *backend, const network *n, const fm_update *update) {
    machine m;
    set_up(&m, backend, n, GRAPHS, FM_COMPILE_FUSED);
    train(out, &m, update);
    tear_down(&m);
}

static void test_parity(void **state) {
    (void)state;
    static const network networks[] = {
        {50, 10, 2, {33, 20}, 40, FM_RELU, FM_CROSS_ENTROPY, 0},
        {50, 10, 2, {33, 20}, 17, FM_PRELU, FM_CROSS_ENTROPY, 0},
        {50, 10, 2, {33, 20}, 40, FM_ELU, FM_MSE, 0},
        {50, 40, 1, {33}, 77, FM_ELU, FM_CROSS_ENTROPY, 1},
    };
    static const enum fm_gpu_products products[] = {
        FM_GPU_TILE,
#ifdef FM_WITH_CLBLAST
        FM_GPU_CLBLAST,
#endif
    };
    fm_backend *reference = NULL;
    fm_error error = {0};
    CHECK_OK(fm_reference_create(&reference, &error), &error);
    for (size_t i = 0; i < sizeof networks / sizeof *networks; i++)
        for (size_t r = 0; r < RULES; r++) {
            train_on(&expected, reference, &networks[i], &rules[r]);
            for (size_t p = 0; p < sizeof products / sizeof *products; p++) {
                fm_backend *gpu = open_gpu(products[p]);
                train_on(&actual, gpu, &networks[i], &rules[r]);
                close_gpu(gpu);
                assert_int_equal(actual.count, expected.count);
                for (size_t part = 0, first = 0; part < expected.count;
                     first = expected.end[part++])
                    check_close(actual.value + first, expected.value + first,
                                expected.end[part] - first, TOLERANCE_TRAINING,
                                "network %zu, rule %zu, products %zu, part %zu", i, r, p, part);
            }
        }
    fm_backend_free(reference);
}

static const network small = {35, 10, 2, {20, 50}, 40, FM_RELU, FM_CROSS_ENTROPY, 0};

static void test_each_launch_fails(void **state) {
    (void)state;
    static const char *const kernels[] = {
        "kernel linear_forward_images", "kernel linear_forward",
        "kernel linear_forward_loss",   "kernel linear_backward_input",
        "kernel linear_backward_input", "kernel linear_backward_parameters"};
    fm_error error = {0};
    machine m;
    fm_backend *gpu = open_gpu(FM_GPU_TILE);
    set_up(&m, gpu, &small, GRAPHS, FM_COMPILE_FUSED);
    for (int i = 0; i < 6; i++) {
        error = (fm_error){0};
        opencl_fail("clEnqueueNDRangeKernel", i, CL_OUT_OF_RESOURCES);
        int status = run(&m, STEP, &rules[0], 0, 40, &error);
        opencl_assert_failed(status, &error, "clEnqueueNDRangeKernel", "CL_OUT_OF_RESOURCES (-5)");
        assert_string_equal(error.what, kernels[i]);
        CHECK_OK(run(&m, STEP, &rules[0], 0, 40, &error), &error);
    }
    /* Images, order and struct; struct; order, outcomes and struct; three structs. */
    for (int i = 0; i < 10; i++) {
        error = (fm_error){0};
        opencl_fail("clSetKernelArg", i, CL_OUT_OF_HOST_MEMORY);
        int status = run(&m, STEP, &rules[0], 0, 40, &error);
        opencl_assert_failed(status, &error, "clSetKernelArg", "CL_OUT_OF_HOST_MEMORY (-6)");
    }
    opencl_fail("clSetKernelArg", 10, CL_OUT_OF_HOST_MEMORY);
    CHECK_OK(run(&m, STEP, &rules[0], 0, 40, &error), &error);
    assert_false(opencl_failed());
    opencl_fail(NULL, 0, CL_SUCCESS);
    CHECK_OK(fm_backend_finish(gpu, &error), &error);
    tear_down(&m);
    close_gpu(gpu);
}

static void test_each_call_of_compile_fails(void **state) {
    (void)state;
    static const struct {
        const char *name;
        int count;
    } calls[] = {{"clCreateKernel", 12}, {"clEnqueueWriteBuffer", 1}};
    machine m;
    fm_error error = {0};
    fm_backend *gpu = open_gpu(FM_GPU_TILE);
    set_up(&m, gpu, &small, 0, FM_COMPILE_FUSED);
    const int live = opencl_live;
    for (size_t c = 0; c < sizeof calls / sizeof *calls; c++)
        for (int i = 0; i < calls[c].count; i++) {
            error = (fm_error){0};
            opencl_fail(calls[c].name, i, CL_OUT_OF_HOST_MEMORY);
            int status = compile(&m, FORWARD + 1, FM_COMPILE_FUSED, &error);
            opencl_assert_failed(status, &error, calls[c].name, "CL_OUT_OF_HOST_MEMORY (-6)");
            assert_null(m.plan);
            assert_int_equal(opencl_live, live);
        }
    CHECK_OK(compile(&m, FORWARD + 1, FM_COMPILE_FUSED, &error), &error);
    assert_int_equal(opencl_live, live + 12);
    tear_down(&m);
    close_gpu(gpu);
}

/* A plan goes on when the arena grows under it, and with other samples. */
static void test_buffers_change(void **state) {
    (void)state;
    for (int changes = 0; changes < 2; changes++) {
        machine m, other;
        fm_error error = {0};
        fm_backend *gpu = open_gpu(FM_GPU_TILE);
        set_up(&m, gpu, &small, GRAPHS, FM_COMPILE_FUSED);
        CHECK_OK(run(&m, STEP, &rules[1], 0, 40, &error), &error);
        if (changes) {
            set_up(&other, gpu, &small, GRAPHS, FM_COMPILE_SEPARATE);
            CHECK_OK(run(&other, STEP, &rules[2], 0, 40, &error), &error);
            fm_samples_free(m.samples);
            open_samples(&m);
        }
        train(changes ? &actual : &expected, &m, &rules[1]);
        if (changes)
            tear_down(&other);
        tear_down(&m);
        close_gpu(gpu);
    }
    assert_same_bits(&actual, &expected, "after the changes");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_launches),
        cmocka_unit_test(test_fused_equals_separate),
        cmocka_unit_test(test_parity),
        cmocka_unit_test(test_each_launch_fails),
        cmocka_unit_test(test_each_call_of_compile_fails),
        cmocka_unit_test(test_buffers_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
