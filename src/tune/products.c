#include "fmnist_cl/products.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/statistics.h"
#include "ops/device.h"

enum { ROUNDS = 7, MOST_DEVICES = 4 };
/* A round repeats the product until it has taken so long: neither the clock nor the queue counts.
 */
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

typedef struct bench {
    fm_ops *ops;
    const fm_product *product;
    fm_matrix *x, *y;
    fm_parameters *parameters;
    size_t times; /* that the product is computed in a round */
} bench;

static void bench_close(bench *b) {
    fm_matrix_free(b->x);
    fm_matrix_free(b->y);
    fm_parameters_free(b->parameters);
}

/* Random numbers, as many as the largest of the three matrices wants. */
static int bench_open(bench *b, fm_device *device, const fm_product *p, const float *numbers,
                      fm_error *error) {
    *b = (bench){.ops = fm_device_ops(device), .product = p, .times = 1};
    int status = fm_matrix_create(&b->x, b->ops, p->rows, p->inputs, error);
    if (!status)
        status = fm_matrix_create(&b->y, b->ops, p->rows, p->outputs, error);
    if (!status)
        status = fm_parameters_create(&b->parameters, b->ops, p->outputs, p->inputs, 1, error);
    if (!status)
        status = fm_matrix_write(b->x, numbers, p->rows, error);
    if (!status)
        status = fm_matrix_write(b->y, numbers, p->rows, error);
    if (!status)
        status = fm_parameters_write(b->parameters, 0, numbers, numbers, error);
    return status;
}

static int multiply(const bench *b, fm_error *error) {
    static const fm_update keep = {.rule = FM_UPDATE_KEEP};
    const size_t rows = b->product->rows;
    switch (b->product->kind) {
    case FM_PRODUCT_FORWARD:
        return fm_ops_linear_forward(b->ops, b->y, NULL, b->x, b->parameters, FM_IDENTITY, NULL,
                                     rows, error);
    case FM_PRODUCT_INPUT:
        return fm_ops_linear_backward_input(b->ops, b->x, b->y, b->parameters, FM_IDENTITY, NULL,
                                            rows, error);
    case FM_PRODUCT_PARAMETERS:
    default:
        return fm_ops_linear_backward_parameters(b->ops, b->parameters, b->x, b->y, &keep, rows,
                                                 error);
    }
}

static int run(double *seconds, const bench *b, fm_error *error) {
    const double began = fm_clock_seconds();
    int status = FM_OK;
    for (size_t i = 0; !status && i < b->times; i++) {
        size_t queued;
        status = multiply(b, error);
        if (!status)
            status = fm_ops_mark(b->ops, &queued, error);
    }
    if (!status)
        status = fm_ops_finish(b->ops, error);
    *seconds = fm_clock_seconds() - began;
    return status;
}

/* Warms up, and finds out how many fill a round. */
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
    bench benches[MOST_DEVICES] = {{.ops = NULL}};
    float *numbers = NULL;
    if (count > MOST_DEVICES)
        return fm_error_set(error, FM_E_ARGUMENT, "devices", "%zu at once are more than %d", count,
                            MOST_DEVICES);
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
