/* Checks the arguments for all back ends. */
#include "backend/backend.h"

#include "backend/backend_table.h"
#include "common/numbers.h"

_Static_assert((int)ACTIVATION_IDENTITY == (int)FM_IDENTITY &&
                   (int)ACTIVATION_RELU == (int)FM_RELU && (int)ACTIVATION_PRELU == (int)FM_PRELU &&
                   (int)ACTIVATION_ELU == (int)FM_ELU,
               "the kernels number the activations differently");
_Static_assert((int)LOSS_CROSS_ENTROPY == (int)FM_CROSS_ENTROPY && (int)LOSS_NLL == (int)FM_NLL &&
                   (int)LOSS_MSE == (int)FM_MSE,
               "the kernels number the losses differently");

#define CHECK(condition, ...)                                                                      \
    do {                                                                                           \
        if (!(condition))                                                                          \
            return fm_error_set(error, FM_E_ARGUMENT, __func__, __VA_ARGS__);                      \
    } while (0)

int fm_parameters_create(fm_parameters **out, fm_backend *backend, size_t outputs, size_t inputs,
                         size_t slots, fm_error *error) {
    *out = NULL;
    CHECK(outputs >= 1 && outputs <= FM_MAX_COLS, "%zu outputs; expected 1 to %d", outputs,
          FM_MAX_COLS);
    CHECK(inputs <= FM_MAX_COLS, "%zu inputs; at most %d", inputs, FM_MAX_COLS);
    CHECK(slots <= 2, "%zu slots; at most 2", slots);
    return backend->table->parameters_create(out, backend, outputs, inputs, slots, error);
}

void fm_parameters_free(fm_parameters *parameters) {
    if (parameters)
        parameters->backend->table->parameters_free(parameters);
}

int fm_parameters_write(fm_parameters *parameters, size_t slot, const float *weight,
                        const float *bias, fm_error *error) {
    CHECK(slot <= parameters->slots, "no slot %zu", slot);
    return parameters->backend->table->parameters_write(parameters, slot, weight, bias, error);
}

int fm_parameters_read(float *weight, float *bias, fm_parameters *parameters, size_t slot,
                       fm_error *error) {
    CHECK(slot <= parameters->slots, "no slot %zu", slot);
    return parameters->backend->table->parameters_read(weight, bias, parameters, slot, error);
}

int fm_samples_create(fm_samples **out, fm_backend *backend, const fm_images *images,
                      fm_error *error) {
    *out = NULL;
    CHECK(images->count >= 1 && images->count <= INT32_MAX, "%zu images", images->count);
    CHECK(images->pixels >= 1 && images->pixels <= FM_MAX_COLS, "%zu pixels; expected 1 to %d",
          images->pixels, FM_MAX_COLS);
    int status = backend->table->samples_create(out, backend, images, error);
    if (!status)
        (*out)->has_labels = images->label != NULL;
    return status;
}

void fm_samples_free(fm_samples *samples) {
    if (samples)
        samples->backend->table->samples_free(samples);
}

int fm_samples_set_order(fm_samples *samples, const uint32_t *order, size_t count,
                         fm_error *error) {
    CHECK(count <= samples->count, "the order has %zu indices for %zu images", count,
          samples->count);
    for (size_t i = 0; i < count; i++)
        CHECK(order[i] < samples->count, "index %u is out of range: %zu images", order[i],
              samples->count);
    return samples->backend->table->samples_set_order(samples, order, count, error);
}

int fm_outcomes_create(fm_outcomes **out, fm_backend *backend, size_t count, fm_error *error) {
    *out = NULL;
    CHECK(count >= 1 && count <= INT32_MAX, "%zu outcomes", count);
    return backend->table->outcomes_create(out, backend, count, error);
}

void fm_outcomes_free(fm_outcomes *outcomes) {
    if (outcomes)
        outcomes->backend->table->outcomes_free(outcomes);
}

int fm_outcomes_read(float *losses, uint8_t *predictions, fm_outcomes *outcomes, size_t first,
                     size_t count, fm_error *error) {
    CHECK(first <= outcomes->count && count <= outcomes->count - first,
          "%zu outcomes from position %zu exceed %zu", count, first, outcomes->count);
    return outcomes->backend->table->outcomes_read(losses, predictions, outcomes, first, count,
                                                   error);
}

/* Checks that the parameters are those that the graph declares. Writes how many slots its updates
 * may use, and how many pixels its images must have (0: any). */
static int check_bindings(size_t *slots, size_t *pixels, const fm_backend *backend,
                          const fm_graph *graph, fm_parameters *const *parameters, size_t count,
                          fm_error *error) {
    *slots = 2;
    CHECK(graph->bindings == count, "%zu parameters given; the graph has %zu", count,
          graph->bindings);
    for (size_t i = 0; i < graph->tensor_count; i++) {
        const fm_tensor *tensor = &graph->tensor[i];
        if (tensor->kind != FM_TENSOR_PARAMETERS)
            continue;
        const fm_parameters *p = parameters[tensor->binding];
        CHECK(p && p->backend == backend, "parameters of another device");
        CHECK(p->outputs == tensor->rows && p->inputs == tensor->cols,
              "parameters are %zu x %zu; the graph has %zu x %zu", p->outputs, p->inputs,
              tensor->rows, tensor->cols);
    }
    for (size_t i = 0; i < graph->node_count; i++) {
        const fm_node *node = &graph->node[i];
        if (node->operation == FM_OP_GATHER)
            *pixels = node->inputs;
        if (node->operation != FM_OP_UPDATE)
            continue;
        const size_t own = parameters[graph->tensor[node->operand[0]].binding]->slots;
        *slots = own < *slots ? own : *slots;
    }
    return FM_OK;
}

/* A tensor is the same memory in all graphs, so its shape must be the same. */
static int check_tensors(const fm_graph *one, const fm_graph *other, fm_error *error) {
    CHECK(one->tensor_count == other->tensor_count, "%zu tensors in one graph, %zu in another",
          one->tensor_count, other->tensor_count);
    for (size_t i = 0; i < one->tensor_count; i++) {
        const fm_tensor *a = &one->tensor[i], *b = &other->tensor[i];
        CHECK(a->kind == b->kind && a->cols == b->cols && a->binding == b->binding &&
                  (fm_tensor_is_batch(a) || a->rows == b->rows),
              "tensor %zu differs between the graphs", i);
    }
    return FM_OK;
}

static int uses(const fm_graph *graph, int tensor) {
    int found = graph->tensor[tensor].is_host;
    for (size_t i = 0; !found && i < graph->node_count; i++)
        found = fm_node_uses(&graph->node[i], tensor);
    return found;
}

size_t fm_plan_rows(const fm_plan *plan, int tensor) {
    const int is_batch = fm_tensor_is_batch(&plan->graph[0]->tensor[tensor]);
    size_t most = 0;
    for (size_t g = 0; g < plan->count; g++) {
        const size_t rows = is_batch ? plan->graph[g]->rows : 1;
        if (rows > most && uses(plan->graph[g], tensor))
            most = rows;
    }
    return most;
}

int fm_plan_compile(fm_plan **out, fm_backend *backend, const fm_graph *const *graphs, size_t count,
                    fm_parameters *const *parameters, size_t parameter_count, enum fm_compile how,
                    fm_error *error) {
    fm_plan base = {.backend = backend, .count = count};
    int status = FM_OK;
    *out = NULL;
    CHECK(count >= 1 && count <= FM_PLAN_GRAPHS, "%zu graphs; expected 1 to %d", count,
          FM_PLAN_GRAPHS);
    for (size_t i = 0; !status && i < count; i++) {
        base.graph[i] = graphs[i];
        status = check_bindings(&base.slots[i], &base.pixels[i], backend, graphs[i], parameters,
                                parameter_count, error);
        if (!status)
            status = check_tensors(graphs[0], graphs[i], error);
    }
    return status ? status : backend->table->plan_compile(out, &base, parameters, how, error);
}

void fm_plan_free(fm_plan *plan) {
    if (plan)
        plan->backend->table->plan_free(plan);
}

static size_t slots_of(const fm_update *update) {
    switch (update->rule) {
    case FM_UPDATE_SGD:
        return update->momentum != 0.0f;
    case FM_UPDATE_ADAM:
        return 2;
    case FM_UPDATE_RMSPROP:
        return update->momentum != 0.0f ? 2 : 1;
    default:
        return SIZE_MAX;
    }
}

int fm_plan_run(fm_plan *plan, size_t graph, fm_samples *samples, fm_outcomes *outcomes,
                const fm_step *step, fm_error *error) {
    const size_t first = (size_t)step->first, rows = (size_t)step->rows;
    CHECK(graph < plan->count, "no graph %zu", graph);
    const unsigned sources = plan->graph[graph]->sources;
    CHECK(step->rows >= 1 && rows <= plan->graph[graph]->rows, "%d rows; expected 1 to %zu",
          step->rows, plan->graph[graph]->rows);
    CHECK(step->batch_rows >= step->rows, "a batch of %d rows cannot have %d", step->batch_rows,
          step->rows);
    if (sources & (FM_USES_IMAGES | FM_USES_LABELS))
        CHECK(samples && samples->backend == plan->backend && step->first >= 0 &&
                  first <= samples->count && rows <= samples->count - first,
              "images %d to %d do not exist", step->first, step->first + step->rows);
    CHECK(!(sources & FM_USES_LABELS) || samples->has_labels, "the images have no labels");
    CHECK(!plan->pixels[graph] || samples->pixels == plan->pixels[graph],
          "images have %zu pixels; the graph has %zu", samples->pixels, plan->pixels[graph]);
    if (sources & FM_USES_OUTCOMES)
        CHECK(outcomes && outcomes->backend == plan->backend && first <= outcomes->count &&
                  rows <= outcomes->count - first,
              "outcomes %d to %d do not exist", step->first, step->first + step->rows);
    CHECK(!(sources & FM_USES_UPDATE) || slots_of(&step->update) <= plan->slots[graph],
          "update rule %d needs more slots of state", step->update.rule);
    return plan->backend->table->plan_run(plan, graph, samples, outcomes, step, error);
}

static int check_access(const fm_plan *plan, size_t graph, int tensor, size_t rows,
                        fm_error *error) {
    CHECK(graph < plan->count && tensor >= 0 && (size_t)tensor < plan->graph[graph]->tensor_count,
          "no tensor %d", tensor);
    const fm_tensor *t = &plan->graph[graph]->tensor[tensor];
    CHECK(t->kind != FM_TENSOR_PARAMETERS && t->is_host, "tensor %d is not exposed", tensor);
    CHECK(!fm_tensor_is_batch(t) || (rows >= 1 && rows <= t->rows), "%zu rows; expected 1 to %zu",
          rows, t->rows);
    return FM_OK;
}

int fm_plan_write(fm_plan *plan, size_t graph, int tensor, const float *values, size_t rows,
                  fm_error *error) {
    int status = check_access(plan, graph, tensor, rows, error);
    return status ? status
                  : plan->backend->table->plan_write(plan, graph, tensor, values, rows, error);
}

int fm_plan_read(float *out, fm_plan *plan, size_t graph, int tensor, size_t rows,
                 fm_error *error) {
    int status = check_access(plan, graph, tensor, rows, error);
    return status ? status : plan->backend->table->plan_read(out, plan, graph, tensor, rows, error);
}

int fm_backend_end_step(fm_backend *backend, size_t *queued, fm_error *error) {
    return backend->table->end_step(backend, queued, error);
}

int fm_backend_finish(fm_backend *backend, fm_error *error) {
    return backend->table->finish(backend, error);
}

void fm_backend_free(fm_backend *backend) {
    if (backend)
        backend->table->free(backend);
}
