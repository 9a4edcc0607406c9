#include "support/passes.h"

#include "base/random.h"
#include "support/check.h"

static void create_parameters(passes *p, fm_backend *backend, const fm_tensor *tensor,
                              fm_random *random) {
    fm_error error = {0};
    float values[PASSES_VALUES];
    fm_parameters **out = &p->parameters[p->parameter_count++];
    const size_t weights = tensor->rows * tensor->cols, count = weights + tensor->rows;
    assert_true(count <= PASSES_VALUES && p->parameter_count <= PASSES_PARAMETERS);
    for (size_t i = 0; i < count; i++)
        values[i] = fm_random_unit(random) - 0.5f;
    CHECK_OK(fm_parameters_create(out, backend, tensor->rows, tensor->cols, p->slots, &error),
             &error);
    CHECK_OK(fm_parameters_write(*out, 0, values, values + weights, &error), &error);
}

passes passes_open(fm_backend *backend, fm_stack *stack, const enum fm_pass *which, size_t count,
                   size_t rows, size_t slots, enum fm_compile how, const fm_images *images) {
    passes p = {.graph_count = count, .slots = slots};
    fm_error error = {0};
    fm_random random;
    fm_random_seed(&random, 4, 99);
    for (size_t i = 0; i < count; i++)
        CHECK_OK(fm_pass_graph(&p.graph[i], stack, which[i], FM_CROSS_ENTROPY, rows, &error),
                 &error);
    for (size_t i = 0; i < p.graph[0]->tensor_count; i++)
        if (p.graph[0]->tensor[i].kind == FM_TENSOR_PARAMETERS)
            create_parameters(&p, backend, &p.graph[0]->tensor[i], &random);
    CHECK_OK(fm_plan_compile(&p.plan, backend, (const fm_graph *const *)p.graph, count,
                             p.parameters, p.parameter_count, how, &error),
             &error);
    CHECK_OK(fm_samples_create(&p.samples, backend, images, &error), &error);
    CHECK_OK(fm_outcomes_create(&p.outcomes, backend, images->count, &error), &error);
    return p;
}

void passes_close(passes *p) {
    fm_outcomes_free(p->outcomes);
    fm_samples_free(p->samples);
    fm_plan_free(p->plan);
    for (size_t i = 0; i < p->parameter_count; i++)
        fm_parameters_free(p->parameters[i]);
    for (size_t i = 0; i < p->graph_count; i++)
        fm_graph_free(p->graph[i]);
}

void passes_run(passes *p, size_t graph, const fm_step *step) {
    fm_error error = {0};
    CHECK_OK(fm_plan_run(p->plan, graph, p->samples, p->outcomes, step, &error), &error);
}

size_t passes_read(float *out, const passes *p) {
    fm_error error = {0};
    size_t count = 0;
    for (size_t i = 0; i < p->graph[0]->tensor_count; i++) {
        const fm_tensor *tensor = &p->graph[0]->tensor[i];
        const size_t weights = tensor->rows * tensor->cols;
        for (size_t slot = 0; tensor->kind == FM_TENSOR_PARAMETERS && slot <= p->slots; slot++) {
            float *weight = out + count, *bias = weight + weights;
            count += weights + tensor->rows;
            assert_true(count <= (1 + p->slots) * PASSES_VALUES);
            CHECK_OK(fm_parameters_read(weight, bias, p->parameters[tensor->binding], slot, &error),
                     &error);
        }
    }
    return count;
}

void passes_text(char *out, size_t size, const fm_architecture *architecture, enum fm_pass pass) {
    fm_error error = {0};
    fm_stack stack;
    fm_graph *graph = NULL;
    size_t length = 0;
    fm_stack_init(&stack, architecture);
    CHECK_OK(fm_pass_graph(&graph, &stack, pass, FM_MSE, 1, &error), &error);
    out[0] = '\0';
    for (size_t i = 0; i < graph->node_count; i++) {
        const fm_node *node = &graph->node[i];
        length += (size_t)snprintf(out + length, size - length, node->layer ? "%s.%zu " : "%s ",
                                   fm_operation_get(node->operation)->name, node->layer);
        assert_true(length < size);
    }
    fm_graph_free(graph);
}
