#include "fmnist_cl/products.h"

#include <stdlib.h>

#include "backend/device.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/statistics.h"

enum { ROUNDS = 7, MOST_DEVICES = 4 };
/* A round repeats the product for at least this long, so that the overhead of clock and queue does
 * not matter. */
static const double round_seconds = 0.02;

size_t fm_products_list(fm_product *out, const fm_architecture *architecture, size_t batch_size) {
    const size_t layers = architecture->hidden_count + 1;
    size_t count = 0, inputs = architecture->inputs;
    for (size_t l = 0; l < layers; l++) {
        const size_t outputs =
            l < architecture->hidden_count ? architecture->hidden[l] : architecture->outputs;
        out[count++] = (fm_product){FM_PRODUCT_FORWARD, l, batch_size, inputs, outputs};
        inputs = outputs;
    }
    for (size_t l = layers; l-- > 0;) {
        fm_product product = out[l];
        product.kind = FM_PRODUCT_INPUT;
        if (l > 0)
            out[count++] = product;
        product.kind = FM_PRODUCT_PARAMETERS;
        out[count++] = product;
    }
    return count;
}

const char *fm_product_name(enum fm_product_kind kind) {
    static const char *const names[] = {"forward", "input", "parameters"};
    return names[kind];
}

double fm_product_flop(const fm_product *product) {
    return 2.0 * (double)product->rows * (double)product->inputs * (double)product->outputs;
}

/* ---- On one device ---- */

/* A graph that consists of one product. */
typedef struct bench {
    fm_backend *backend;
    const fm_product *product;
    fm_graph *graph;
    fm_parameters *parameters;
    fm_plan *plan;
    size_t times; /* repetitions of the product per round */
} bench;

static void bench_close(bench *b) {
    fm_plan_free(b->plan);
    fm_parameters_free(b->parameters);
    fm_graph_free(b->graph);
}

/* x and y are [rows][inputs] and [rows][outputs]; the host writes what the product reads. */
static int describe(bench *b, fm_error *error) {
    const fm_product *p = b->product;
    int status = fm_graph_create(&b->graph, p->rows, error);
    if (status)
        return status;
    const int x = fm_graph_batch(b->graph, p->inputs), y = fm_graph_batch(b->graph, p->outputs);
    const int weight = fm_graph_parameters(b->graph, p->outputs, p->inputs);
    const int gradient = fm_graph_gradient(b->graph, p->outputs, p->inputs);
    const fm_node nodes[] = {
        [FM_PRODUCT_FORWARD] = {FM_OP_LINEAR_FORWARD, .operand = {y, FM_NONE, x, weight, FM_NONE}},
        [FM_PRODUCT_INPUT] = {FM_OP_LINEAR_BACKWARD_INPUT, .operand = {x, y, weight, FM_NONE}},
        [FM_PRODUCT_PARAMETERS] = {FM_OP_LINEAR_BACKWARD_PARAMETERS, .operand = {gradient, x, y}},
    };
    fm_graph_expose(b->graph, x);
    fm_graph_expose(b->graph, y);
    if (p->kind == FM_PRODUCT_PARAMETERS)
        fm_graph_expose(b->graph, gradient);
    fm_graph_add(b->graph, nodes[p->kind]);
    return fm_graph_check(b->graph, error);
}

/* `numbers` has as many random numbers as the largest of the three matrices. */
static int bench_open(bench *b, fm_device *device, const fm_product *p, const float *numbers,
                      fm_error *error) {
    enum { X, Y };
    *b = (bench){.backend = fm_device_backend(device), .product = p, .times = 1};
    int status = describe(b, error);
    const fm_graph *graph = b->graph;
    if (!status)
        status = fm_parameters_create(&b->parameters, b->backend, p->outputs, p->inputs, 0, error);
    if (!status)
        status = fm_parameters_write(b->parameters, 0, numbers, numbers, error);
    if (!status)
        status = fm_plan_compile(&b->plan, b->backend, &graph, 1, &b->parameters, 1,
                                 FM_COMPILE_FUSED, error);
    if (!status)
        status = fm_plan_write(b->plan, 0, X, numbers, p->rows, error);
    return status ? status : fm_plan_write(b->plan, 0, Y, numbers, p->rows, error);
}

static int run(double *seconds, const bench *b, fm_error *error) {
    const int rows = (int)b->product->rows;
    const fm_step step = {.rows = rows, .batch_rows = rows, .epoch = 1};
    const double began = fm_clock_seconds();
    int status = FM_OK;
    for (size_t i = 0; !status && i < b->times; i++) {
        size_t queued;
        status = fm_plan_run(b->plan, 0, NULL, NULL, &step, error);
        if (!status)
            status = fm_backend_end_step(b->backend, &queued, error);
    }
    if (!status)
        status = fm_backend_finish(b->backend, error);
    *seconds = fm_clock_seconds() - began;
    return status;
}

/* Warms up, and finds the number of repetitions per round. */
static int calibrate(bench *b, fm_error *error) {
    double seconds = 0;
    int status = run(&seconds, b, error);
    if (!status)
        status = run(&seconds, b, error);
    while (!status && seconds < round_seconds / 2) {
        b->times *= 2;
        status = run(&seconds, b, error);
    }
    return status;
}

/* ---- On several ---- */

static int measure(double *seconds, bench *benches, size_t count, fm_error *error) {
    double took[MOST_DEVICES][ROUNDS];
    int status = FM_OK;
    for (size_t d = 0; !status && d < count; d++)
        status = calibrate(&benches[d], error);
    for (size_t round = 0; !status && round < ROUNDS; round++)
        for (size_t d = 0; !status && d < count; d++)
            status = run(&took[d][round], &benches[d], error);
    for (size_t d = 0; !status && d < count; d++)
        seconds[d] = fm_median(took[d], ROUNDS) / (double)benches[d].times;
    return status;
}

static int draw(float **out, const fm_product *p, fm_error *error) {
    size_t count = p->rows * (p->inputs > p->outputs ? p->inputs : p->outputs);
    fm_random random;
    count = count > p->inputs * p->outputs ? count : p->inputs * p->outputs;
    int status = fm_memory_allocate(out, count, sizeof **out, "a product's numbers", error);
    if (status)
        return status;
    fm_random_seed(&random, 3, FM_STREAM_TUNE);
    for (size_t i = 0; i < count; i++)
        (*out)[i] = fm_random_unit(&random) - 0.5f;
    return FM_OK;
}

int fm_product_measure(double *seconds, fm_device *const *devices, size_t count,
                       const fm_product *product, fm_error *error) {
    bench benches[MOST_DEVICES] = {{.backend = NULL}};
    float *numbers = NULL;
    if (count > MOST_DEVICES)
        return fm_error_set(error, FM_E_ARGUMENT, "devices", "%zu given; at most %d are allowed",
                            count, MOST_DEVICES);
    int status = draw(&numbers, product, error);
    for (size_t d = 0; !status && d < count; d++)
        status = bench_open(&benches[d], devices[d], product, numbers, error);
    if (!status)
        status = measure(seconds, benches, count, error);
    for (size_t d = 0; d < count; d++)
        bench_close(&benches[d]);
    free(numbers);
    return status;
}
