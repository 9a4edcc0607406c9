#include "support/training.h"

#include <string.h>

#include "support/check.h"
#include "support/tolerances.h"

enum { SLOTS = 2, MOST_INPUTS = 800 };

const fm_update training_rules[TRAINING_RULES] = {
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

static uint8_t pixels[TRAINING_IMAGES * MOST_INPUTS], labels[TRAINING_IMAGES];
static float values[MOST_VALUES];

static void random_values(fm_random *random, size_t count, float scale) {
    for (size_t i = 0; i < count; i++)
        values[i] = (fm_random_unit(random) - 0.5f) * scale;
}

static void create_parameters(training *t, size_t outputs, size_t inputs, fm_random *random) {
    fm_parameters **p = &t->parameters[t->parameter_count++];
    fm_error error = {0};
    CHECK_OK(fm_parameters_create(p, t->backend, outputs, inputs, SLOTS, &error), &error);
    random_values(random, outputs * (inputs + 1), inputs ? 0.5f : 1.0f);
    CHECK_OK(fm_parameters_write(*p, 0, values, values + outputs * inputs, &error), &error);
}

int training_compile(training *t, size_t graphs, enum fm_compile how, fm_error *error) {
    return fm_plan_compile(&t->plan, t->backend, (const fm_graph *const *)t->graph, graphs,
                           t->parameters, t->parameter_count, how, error);
}

void training_open_samples(training *t) {
    const fm_images images = {TRAINING_IMAGES, t->network->inputs, pixels, labels};
    uint32_t order[TRAINING_IMAGES];
    fm_error error = {0};
    CHECK_OK(fm_samples_create(&t->samples, t->backend, &images, &error), &error);
    for (uint32_t i = 0; i < TRAINING_IMAGES; i++)
        order[i] = (i * 7 + 3) % TRAINING_IMAGES;
    CHECK_OK(fm_samples_set_order(t->samples, order, TRAINING_IMAGES, &error), &error);
}

void training_open(training *t, fm_backend *backend, const network *n) {
    fm_random random;
    fm_error error = {0};
    *t = (training){.network = n, .backend = backend};
    fm_random_seed(&random, n->inputs, n->outputs);
    for (size_t i = 0; i < TRAINING_IMAGES * n->inputs; i++)
        pixels[i] = i / 7 % 2 ? 0 : (uint8_t)fm_random_below(&random, 256);
    for (size_t i = 0; i < TRAINING_IMAGES; i++)
        labels[i] = (uint8_t)fm_random_below(&random, (uint32_t)n->outputs);
    training_open_samples(t);
    CHECK_OK(fm_outcomes_create(&t->outcomes, backend, TRAINING_IMAGES, &error), &error);
    for (size_t l = 0; l < network_layers(n); l++) {
        create_parameters(t, network_outputs(n, l), network_inputs(n, l), &random);
        if (network_has_slope(n, l))
            create_parameters(t, 1, 0, &random);
    }
    for (int g = 0; g < GRAPHS; g++)
        t->graph[g] = network_graph(&t->tensors, n, g, TRAINING_IMAGES);
}

void training_close(training *t) {
    fm_plan_free(t->plan);
    for (int g = 0; g < GRAPHS; g++)
        fm_graph_free(t->graph[g]);
    for (size_t i = 0; i < t->parameter_count; i++)
        fm_parameters_free(t->parameters[i]);
    fm_outcomes_free(t->outcomes);
    fm_samples_free(t->samples);
}

int training_run(training *t, size_t graph, const fm_update *update, size_t first, size_t rows,
                 fm_error *error) {
    const fm_step step = {.first = (int)first,
                          .rows = (int)rows,
                          .batch_rows = (int)rows,
                          .epoch = 1,
                          .update = *update};
    return fm_plan_run(t->plan, graph, t->samples, t->outcomes, &step, error);
}

static float *next_part(record *r, size_t size) {
    const size_t first = r->count ? r->end[r->count - 1] : 0;
    assert_true(r->count < MOST_PARTS && size <= MOST_VALUES - first);
    r->is_loss[r->count] = 0;
    r->end[r->count++] = first + size;
    return r->value + first;
}

static void add_outcomes(record *r, training *t) {
    fm_error error = {0};
    uint8_t predictions[TRAINING_IMAGES];
    float *losses = next_part(r, TRAINING_IMAGES);
    r->is_loss[r->count - 1] = 1;
    float *out = next_part(r, TRAINING_IMAGES);
    CHECK_OK(fm_outcomes_read(losses, predictions, t->outcomes, 0, TRAINING_IMAGES, &error),
             &error);
    for (size_t i = 0; i < TRAINING_IMAGES; i++)
        out[i] = predictions[i];
}

static void add_parameters(record *r, training *t) {
    fm_error error = {0};
    for (size_t n = 0; n < t->graph[STEP]->tensor_count; n++) {
        const fm_tensor *tensor = &t->graph[STEP]->tensor[n];
        const size_t weights = tensor->rows * tensor->cols;
        if (tensor->kind != FM_TENSOR_PARAMETERS)
            continue;
        for (size_t slot = 0; slot <= SLOTS; slot++) {
            float *weight = next_part(r, weights), *bias = next_part(r, tensor->rows);
            CHECK_OK(fm_parameters_read(weight, bias, t->parameters[tensor->binding], slot, &error),
                     &error);
        }
    }
}

/* The exposed tensors of a graph. */
static void add_exposed(record *r, training *t, size_t graph, size_t rows) {
    fm_error error = {0};
    for (size_t n = 0; n < t->graph[graph]->tensor_count; n++) {
        const fm_tensor *tensor = &t->graph[graph]->tensor[n];
        if (!tensor->is_host)
            continue;
        float *out = next_part(r, fm_tensor_is_batch(tensor) ? rows * tensor->cols
                                                             : tensor->rows * (tensor->cols + 1));
        CHECK_OK(fm_plan_read(out, t->plan, graph, (int)n, rows, &error), &error);
    }
}

/* Batches of many sizes on all graphs of the network's plan. */
void training_go_on(record *out, training *t, const fm_update *update) {
    const size_t batch = t->network->batch;
    const size_t sizes[] = {batch, 1, batch < 17 ? batch : 17, batch - batch / 3, batch};
    fm_error error = {0};
    out->count = 0;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        CHECK_OK(training_run(t, STEP, update, i, sizes[i], &error), &error);
    add_outcomes(out, t);
    add_exposed(out, t, STEP, batch);
    CHECK_OK(training_run(t, FORWARD, update, 0, TRAINING_IMAGES, &error), &error);
    add_exposed(out, t, FORWARD, TRAINING_IMAGES);
    CHECK_OK(training_run(t, GRADIENTS, update, 5, batch, &error), &error);
    add_exposed(out, t, GRADIENTS, batch);
    CHECK_OK(training_run(t, SCORE, update, 3, TRAINING_IMAGES - 3, &error), &error);
    add_outcomes(out, t);
    add_parameters(out, t);
}

void training_record(record *out, fm_backend *backend, const network *n, enum fm_compile how,
                     const fm_update *update) {
    training t;
    fm_error error = {0};
    training_open(&t, backend, n);
    CHECK_OK(training_compile(&t, GRAPHS, how, &error), &error);
    training_go_on(out, &t, update);
    training_close(&t);
}

static size_t part_first(const record *r, size_t part) {
    return part ? r->end[part - 1] : 0;
}

static void check_part(const record *actual, const record *expected, size_t part, double tolerance,
                       const char *what) {
    const size_t first = part_first(expected, part);
    check_close(actual->value + first, expected->value + first, expected->end[part] - first,
                tolerance, "%s: part %zu", what, part);
}

void record_assert_same_bits(const record *actual, const record *expected, const char *what) {
    assert_int_equal(actual->count, expected->count);
    for (size_t part = 0; part < expected->count; part++) {
        if (expected->is_loss[part]) {
            check_part(actual, expected, part, TOLERANCE_ELEMENTWISE, what);
            continue;
        }
        for (size_t v = part_first(expected, part); v < expected->end[part]; v++)
            if (memcmp(&actual->value[v], &expected->value[v], sizeof *actual->value) != 0)
                fail_msg("%s: part %zu: %.9g, not %.9g", what, part, (double)actual->value[v],
                         (double)expected->value[v]);
    }
}

void record_assert_close(const record *actual, const record *expected, double tolerance,
                         const char *what) {
    assert_int_equal(actual->count, expected->count);
    for (size_t part = 0; part < expected->count; part++)
        check_part(actual, expected, part, tolerance, what);
}
