#include "graph/graph.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"

int fm_graph_create(fm_graph **out, size_t rows, fm_error *error) {
    fm_graph *graph = NULL;
    *out = NULL;
    int status = fm_memory_allocate(&graph, 1, sizeof *graph, "a graph", error);
    if (status)
        return status;
    graph->rows = rows;
    *out = graph;
    return FM_OK;
}

void fm_graph_free(fm_graph *graph) {
    free(graph);
}

static int add_tensor(fm_graph *graph, fm_tensor tensor) {
    size_t number = graph->tensor_count++;
    if (number < FM_MOST_TENSORS)
        graph->tensor[number] = tensor;
    return (int)number;
}

int fm_graph_batch(fm_graph *graph, size_t cols) {
    return add_tensor(graph, (fm_tensor){FM_TENSOR_BATCH, .rows = graph->rows, .cols = cols});
}

int fm_graph_partial(fm_graph *graph) {
    return add_tensor(graph, (fm_tensor){FM_TENSOR_PARTIAL, .rows = graph->rows, .cols = 1});
}

int fm_graph_mask(fm_graph *graph, size_t cols) {
    return add_tensor(graph, (fm_tensor){FM_TENSOR_MASK, .rows = graph->rows, .cols = cols});
}

int fm_graph_parameters(fm_graph *graph, size_t outputs, size_t inputs) {
    return add_tensor(graph, (fm_tensor){FM_TENSOR_PARAMETERS, .rows = outputs, .cols = inputs,
                                         .binding = (int)graph->bindings++});
}

int fm_graph_gradient(fm_graph *graph, size_t outputs, size_t inputs) {
    return add_tensor(graph, (fm_tensor){FM_TENSOR_GRADIENT, .rows = outputs, .cols = inputs});
}

int fm_tensor_is_batch(const fm_tensor *tensor) {
    return tensor->kind != FM_TENSOR_PARAMETERS && tensor->kind != FM_TENSOR_GRADIENT;
}

void fm_graph_expose(fm_graph *graph, int tensor) {
    if (tensor >= 0 && tensor < FM_MOST_TENSORS)
        graph->tensor[tensor].is_host = 1;
}

void fm_graph_add(fm_graph *graph, fm_node node) {
    size_t number = graph->node_count++;
    if (number < FM_MOST_NODES)
        graph->node[number] = node;
}

int fm_node_is_gradient(const fm_node *node) {
    const fm_operand_info *result = &fm_operation_get(node->operation)->operand[0];
    return result->kind == FM_TENSOR_GRADIENT && result->access == FM_WRITE;
}

int fm_node_uses(const fm_node *node, int tensor) {
    const fm_operation_info *info = fm_operation_get(node->operation);
    for (int k = 0; k < FM_MOST_OPERANDS && info->operand[k].name; k++)
        if (node->operand[k] == tensor)
            return 1;
    return 0;
}

void fm_node_text(char *out, size_t size, const fm_node *node, size_t rows) {
    const fm_operation_info *info = fm_operation_get(node->operation);
    char layer[32] = "", sizes[64];
    if (node->layer)
        snprintf(layer, sizeof layer, " of layer %zu", node->layer);
    if (info->is_product)
        snprintf(sizes, sizeof sizes, "%zu x %zu to %zu", rows,
                 node->operation == FM_OP_LINEAR_BACKWARD_INPUT ? node->outputs : node->inputs,
                 node->operation == FM_OP_LINEAR_BACKWARD_INPUT ? node->inputs : node->outputs);
    else if (info->sums_over_rows)
        snprintf(sizes, sizeof sizes, "%zu rows", rows);
    else if (info->divisions & FM_BY_PARAMETERS)
        snprintf(sizes, sizeof sizes, "%zu x %zu", node->outputs, node->inputs);
    else
        snprintf(sizes, sizeof sizes, "%zu x %zu", rows,
                 info->width == FM_SIZE_INPUTS ? node->inputs : node->outputs);
    snprintf(out, size, "%s%s (%s)", info->name, layer, sizes);
}

double fm_node_flop(const fm_node *node, size_t rows) {
    return fm_operation_get(node->operation)->is_product
               ? 2.0 * (double)rows * (double)node->inputs * (double)node->outputs
               : 0;
}

double fm_node_bytes(const fm_graph *graph, const fm_node *node, size_t rows) {
    double floats = 0;
    for (int i = 0; i < FM_MOST_OPERANDS; i++) {
        if (!fm_operation_get(node->operation)->operand[i].name || node->operand[i] == FM_NONE)
            continue;
        const fm_tensor *tensor = &graph->tensor[node->operand[i]];
        const double values = fm_tensor_is_batch(tensor)
                                  ? (double)rows * (double)tensor->cols
                                  : (double)tensor->rows * (double)(tensor->cols + 1);
        floats += tensor->kind == FM_TENSOR_MASK ? values / 32 : values;
    }
    return floats * sizeof(float);
}

uint32_t fm_dropout_threshold(float rate) {
    return (uint32_t)(rate * 65536.0f + 0.5f);
}

float fm_dropout_scale(float rate) {
    return 1.0f / (1.0f - rate);
}

/* ---- The check ---- */

/* The state of the check while it walks through the nodes in order. */
typedef struct check {
    fm_graph *graph;
    char is_written[FM_MOST_TENSORS]; /* by a node, or by the host */
    char is_updated[FM_MOST_TENSORS]; /* parameters */
} check;

static int fail(const fm_node *node, const char *operand, const char *why, fm_error *error) {
    const char *what = fm_operation_get(node->operation)->name;
    if (operand)
        return fm_error_set(error, FM_E_ARGUMENT, what, "%s %s", operand, why);
    return fm_error_set(error, FM_E_ARGUMENT, what, "%s", why);
}

static int check_tensor(const fm_tensor *tensor, fm_error *error) {
    int is_batch = fm_tensor_is_batch(tensor);
    if (tensor->rows < 1 || tensor->rows > (is_batch ? FM_MAX_ROWS : FM_MAX_COLS))
        return fm_error_set(error, FM_E_ARGUMENT, "a graph", "a tensor has %zu rows", tensor->rows);
    if (tensor->cols > FM_MAX_COLS || (is_batch && tensor->cols < 1))
        return fm_error_set(error, FM_E_ARGUMENT, "a graph", "a tensor has %zu columns",
                            tensor->cols);
    return FM_OK;
}

/* Checks an operand's size. The first operand with this size defines it for the node. */
static int same_size(fm_node *node, enum fm_size size, size_t value) {
    size_t *known = size == FM_SIZE_INPUTS ? &node->inputs : &node->outputs;
    if (size == FM_SIZE_ONE || size == FM_SIZE_ZERO)
        return value == (size == FM_SIZE_ONE);
    if (*known == SIZE_MAX)
        *known = value;
    return *known == value;
}

static int check_operand(check *c, fm_node *node, const fm_operand_info *info, int number,
                         fm_error *error) {
    if (number < 0 || (size_t)number >= c->graph->tensor_count)
        return fail(node, info->name, "is missing", error);
    const fm_tensor *tensor = &c->graph->tensor[number];
    if (tensor->kind != info->kind)
        return fail(node, info->name, "is a tensor of another kind", error);
    if (!same_size(node, info->cols, tensor->cols) ||
        (!fm_tensor_is_batch(tensor) && !same_size(node, info->rows, tensor->rows)))
        return fail(node, info->name, "has a size that does not match the other operands", error);
    if (tensor->kind == FM_TENSOR_PARAMETERS) {
        if (c->is_updated[number])
            return fail(node, info->name, "is used after its update", error);
    } else if (info->access != FM_WRITE && !c->is_written[number] && !tensor->is_host) {
        return fail(node, info->name, "is read before it is written", error);
    }
    return FM_OK;
}

/* A node's result tensor must not also be another operand of the node. */
static int check_overlap(const fm_node *node, const fm_operation_info *info, fm_error *error) {
    for (int i = 0; i < FM_MOST_OPERANDS && info->operand[i].name; i++)
        for (int j = 0; j < FM_MOST_OPERANDS && info->operand[j].name; j++)
            if (i != j && node->operand[i] != FM_NONE && node->operand[i] == node->operand[j] &&
                info->operand[i].access != FM_READ)
                return fail(node, info->operand[i].name, "is also another operand", error);
    return FM_OK;
}

static int check_attributes(const fm_node *node, fm_error *error) {
    int is_prelu = node->activation == FM_PRELU;
    switch (node->operation) {
    case FM_OP_LINEAR_FORWARD:
        if (is_prelu != (node->operand[4] != FM_NONE))
            return fail(node, "slope", "is required with PReLU and not allowed without", error);
        break;
    case FM_OP_LINEAR_BACKWARD_INPUT:
        if (is_prelu)
            return fail(node, NULL, "does not compute PReLU: use prelu_backward", error);
        if ((node->activation != FM_IDENTITY) != (node->operand[3] != FM_NONE))
            return fail(node, "x", "is required with an activation and not allowed without", error);
        break;
    case FM_OP_ACTIVATION_BACKWARD:
        if (is_prelu || node->activation == FM_IDENTITY)
            return fail(node, NULL, "does not support this activation", error);
        break;
    case FM_OP_LOSS:
        if (node->outputs < 2 || node->outputs > FM_MAX_CLASSES)
            return fail(node, "logits", "must have 2 to 256 columns, one per class", error);
        break;
    case FM_OP_DROPOUT_MASK:
    case FM_OP_DROPOUT_FORWARD:
    case FM_OP_DROPOUT_BACKWARD:
        if (!(node->rate >= 0 && node->rate < 1))
            return fail(node, NULL, "has a probability that is not in [0, 1)", error);
        break;
    default:
        break;
    }
    return FM_OK;
}

/* Marks results with many zeros, which a back end may skip. */
static void derive_zeros(fm_graph *graph, const fm_node *node) {
    if (node->operation == FM_OP_GATHER)
        graph->tensor[node->operand[0]].sparse = 1;
    if (node->operation == FM_OP_LINEAR_FORWARD)
        graph->tensor[node->operand[0]].sparse = node->activation == FM_RELU;
    if (node->operation == FM_OP_DROPOUT_FORWARD)
        graph->tensor[node->operand[0]].sparse =
            graph->tensor[node->operand[1]].sparse || node->rate >= 0.5f;
}

static int check_node(check *c, fm_node *node, fm_error *error) {
    const fm_operation_info *info = fm_operation_get(node->operation);
    node->inputs = node->outputs = SIZE_MAX;
    int status = FM_OK;
    for (int i = 0; !status && i < FM_MOST_OPERANDS && info->operand[i].name; i++)
        if (node->operand[i] != FM_NONE || !info->operand[i].optional)
            status = check_operand(c, node, &info->operand[i], node->operand[i], error);
    node->inputs = node->inputs == SIZE_MAX ? 0 : node->inputs;
    node->outputs = node->outputs == SIZE_MAX ? 0 : node->outputs;
    if (!status)
        status = check_overlap(node, info, error);
    if (!status)
        status = check_attributes(node, error);
    if (status)
        return status;
    for (int i = 0; i < FM_MOST_OPERANDS && info->operand[i].name; i++)
        if (info->operand[i].access != FM_READ && node->operand[i] != FM_NONE)
            c->is_written[node->operand[i]] = 1;
    if (node->operation == FM_OP_UPDATE)
        c->is_updated[node->operand[0]] = 1;
    derive_zeros(c->graph, node);
    c->graph->sources |= info->sources;
    return FM_OK;
}

int fm_graph_check(fm_graph *graph, fm_error *error) {
    check c = {.graph = graph};
    int status = FM_OK;
    if (graph->tensor_count > FM_MOST_TENSORS || graph->node_count > FM_MOST_NODES)
        return fm_error_set(error, FM_E_ARGUMENT, "a graph",
                            "has %zu operations and %zu tensors; at most %d and %d are allowed",
                            graph->node_count, graph->tensor_count, FM_MOST_NODES, FM_MOST_TENSORS);
    graph->sources = 0;
    for (size_t i = 0; !status && i < graph->tensor_count; i++)
        status = check_tensor(&graph->tensor[i], error);
    for (size_t i = 0; !status && i < graph->node_count; i++)
        status = check_node(&c, &graph->node[i], error);
    return status;
}
