#include "nn/network.h"

#include <stdlib.h>

#include "backend/device.h"
#include "base/memory.h"
#include "nn/pass.h"
#include "nn/schedule.h"

/* Small training batches do not slow down validation, which uses larger ones: as many rows as fit
 * into PREDICT_BYTES of activations, at most PREDICT_ROWS. */
enum { PREDICT_BYTES = 32 << 20, PREDICT_ROWS = 512 };

static size_t capacity_for(const fm_architecture *a, size_t batch) {
    size_t floats = a->inputs + a->outputs;
    for (size_t l = 0; l < a->hidden_count; l++)
        floats += a->hidden[l];
    size_t rows = PREDICT_BYTES / (floats * sizeof(float));
    rows = rows < PREDICT_ROWS ? rows : PREDICT_ROWS;
    return batch > rows ? batch : rows;
}

static int create_graphs(fm_network *network, const fm_network_setup *setup, fm_error *error) {
    static const enum fm_pass passes[FM_NETWORK_GRAPHS] = {
        [FM_NETWORK_FORWARD] = FM_PASS_FORWARD,
        [FM_NETWORK_SCORE] = FM_PASS_SCORE,
        [FM_NETWORK_STEP] = FM_PASS_STEP,
    };
    int status = FM_OK;
    network->graph_count = setup->optimizer ? FM_NETWORK_GRAPHS : 1;
    for (size_t i = 0; !status && i < FM_NETWORK_GRAPHS && i < network->graph_count; i++)
        status = fm_pass_graph(&network->graph[i], &network->stack, passes[i], setup->loss,
                               i == FM_NETWORK_STEP ? setup->batch_size : network->capacity, error);
    return status;
}

/* Creates the parameters that the graphs declare. */
static int create_parameters(fm_network *network, size_t slots, fm_error *error) {
    const fm_graph *graph = network->graph[0];
    int status = FM_OK;
    for (size_t i = 0; !status && i < graph->tensor_count; i++) {
        const fm_tensor *tensor = &graph->tensor[i];
        if (tensor->kind == FM_TENSOR_PARAMETERS)
            status =
                fm_parameters_create(&network->parameters[network->parameter_count++],
                                     network->backend, tensor->rows, tensor->cols, slots, error);
    }
    return status;
}

int fm_network_create(fm_network **out, fm_device *device, const fm_weights *weights,
                      size_t batch_capacity, const fm_optimizer *optimizer, fm_error *error) {
    const fm_network_setup setup = {.batch_size = batch_capacity, .optimizer = optimizer};
    return fm_network_create_on(out, fm_device_backend(device), weights, &setup, error);
}

int fm_network_create_on(fm_network **out, fm_backend *backend, const fm_weights *weights,
                         const fm_network_setup *setup, fm_error *error) {
    *out = NULL;
    fm_network *network = NULL;
    int status = fm_memory_allocate(&network, 1, sizeof *network, "a network", error);
    if (status)
        return status;
    network->backend = backend;
    network->architecture = *fm_weights_architecture(weights);
    network->capacity = capacity_for(&network->architecture, setup->batch_size);
    if (setup->optimizer)
        network->optimizer = *setup->optimizer;
    fm_stack_init(&network->stack, &network->architecture);
    status = create_graphs(network, setup, error);
    if (!status)
        status = create_parameters(
            network, setup->optimizer ? fm_schedule_slots(setup->optimizer) : 0, error);
    if (!status)
        status = fm_plan_compile(&network->plan, backend, (const fm_graph *const *)network->graph,
                                 network->graph_count, network->parameters,
                                 network->parameter_count, FM_COMPILE_FUSED, error);
    if (!status)
        status = fm_network_write(network, weights, error);
    if (status)
        fm_network_free(network);
    else
        *out = network;
    return status;
}

void fm_network_free(fm_network *network) {
    if (!network)
        return;
    fm_plan_free(network->plan);
    for (size_t i = network->parameter_count; i-- > 0;)
        fm_parameters_free(network->parameters[i]);
    for (size_t i = network->graph_count; i-- > 0;)
        fm_graph_free(network->graph[i]);
    free(network);
}

const fm_architecture *fm_network_architecture(const fm_network *network) {
    return &network->architecture;
}

static int same_architecture(const fm_network *network, const fm_weights *weights,
                             fm_error *error) {
    const fm_architecture *a = &network->architecture, *b = fm_weights_architecture(weights);
    int same = a->inputs == b->inputs && a->outputs == b->outputs &&
               a->hidden_count == b->hidden_count && a->activation == b->activation;
    for (size_t l = 0; same && l < a->hidden_count; l++)
        same = a->hidden[l] == b->hidden[l];
    if (!same)
        return fm_error_set(error, FM_E_ARGUMENT, "weights",
                            "belong to a network with a different architecture");
    return FM_OK;
}

/* fm_weights has the same order as the layers' parameters: layer by layer, weight and then bias. */
static int copy_slot(fm_network *network, size_t slot, float *values, int is_read,
                     fm_error *error) {
    const fm_graph *graph = network->graph[0];
    int status = FM_OK;
    for (size_t i = 0; !status && i < graph->tensor_count; i++) {
        const fm_tensor *tensor = &graph->tensor[i];
        if (tensor->kind != FM_TENSOR_PARAMETERS)
            continue;
        fm_parameters *parameters = network->parameters[tensor->binding];
        float *weight = values, *bias = weight + tensor->rows * tensor->cols;
        status = is_read ? fm_parameters_read(weight, bias, parameters, slot, error)
                         : fm_parameters_write(parameters, slot, weight, bias, error);
        values = bias + tensor->rows;
    }
    return status;
}

int fm_network_read_slot(fm_weights *out, fm_network *network, size_t slot, fm_error *error) {
    int status = same_architecture(network, out, error);
    return status ? status : copy_slot(network, slot, fm_weights_values(out), 1, error);
}

int fm_network_write_slot(fm_network *network, size_t slot, const fm_weights *weights,
                          fm_error *error) {
    int status = same_architecture(network, weights, error);
    /* The cast is safe: copy_slot only reads the values here. */
    return status ? status
                  : copy_slot(network, slot, fm_weights_values((fm_weights *)weights), 0, error);
}

int fm_network_read(fm_weights *out, fm_network *network, fm_error *error) {
    return fm_network_read_slot(out, network, 0, error);
}

int fm_network_write(fm_network *network, const fm_weights *weights, fm_error *error) {
    return fm_network_write_slot(network, 0, weights, error);
}

/* A step whose rows are the whole batch. */
static fm_step step_of(size_t first, size_t rows) {
    return (fm_step){.first = (int)first, .rows = (int)rows, .batch_rows = (int)rows};
}

int fm_network_step(size_t *queued, fm_network *network, fm_samples *samples, fm_outcomes *outcomes,
                    const fm_batch *batch, fm_error *error) {
    fm_step step = step_of(batch->first, batch->rows);
    step.epoch = (int)batch->epoch;
    step.seed_low = (unsigned)batch->seed;
    step.seed_high = (unsigned)(batch->seed >> 32);
    fm_schedule_update(&step.update, &network->optimizer, batch->step);
    int status = fm_plan_run(network->plan, FM_NETWORK_STEP, samples, outcomes, &step, error);
    return status ? status : fm_backend_end_step(network->backend, queued, error);
}

int fm_network_score(fm_network *network, fm_samples *samples, fm_outcomes *outcomes, size_t first,
                     size_t rows, fm_error *error) {
    const fm_step step = step_of(first, rows);
    size_t queued;
    int status = fm_plan_run(network->plan, FM_NETWORK_SCORE, samples, outcomes, &step, error);
    return status ? status : fm_backend_end_step(network->backend, &queued, error);
}

int fm_network_predict(float *out, fm_network *network, const fm_images *images, fm_error *error) {
    fm_samples *samples = NULL;
    const size_t inputs = network->architecture.inputs, outputs = network->architecture.outputs;
    if (images->pixels != inputs)
        return fm_error_set(error, FM_E_ARGUMENT, "prediction",
                            "images have %zu pixels; the network has %zu inputs", images->pixels,
                            inputs);
    int status = fm_samples_create(&samples, network->backend, images, error);
    for (size_t first = 0; !status && first < images->count; first += network->capacity) {
        size_t left = images->count - first;
        size_t rows = left < network->capacity ? left : network->capacity;
        const fm_step step = step_of(first, rows);
        status = fm_plan_run(network->plan, FM_NETWORK_FORWARD, samples, NULL, &step, error);
        if (!status)
            status = fm_plan_read(out + first * outputs, network->plan, FM_NETWORK_FORWARD,
                                  network->stack.logits, rows, error);
    }
    fm_samples_free(samples);
    return status;
}
