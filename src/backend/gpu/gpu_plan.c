/* Compiles graphs to launches. Each operation is one launch, except for three patterns:
 *
 *   gather, linear_forward of its x     linear_forward_images
 *   linear_forward, loss of its y       linear_forward_loss, if a work-group has whole rows of y
 *   gradients of parameters, each with  linear_backward_parameters
 *   or without the update after it
 *
 * A training step of a network with three layers is six launches. */
#include "backend/gpu/gpu_plan.h"

#include <stdlib.h>

#include "backend/gpu/gpu_launch.h"
#include "base/memory.h"
#include "cl/buffer.h"
#include "cl/program.h"

/* The kernel of an operation on its own. */
static const enum fm_gpu_kernel kernel_of[FM_OPERATIONS] = {
    [FM_OP_GATHER] = FM_KERNEL_GATHER,
    [FM_OP_LINEAR_FORWARD] = FM_KERNEL_FORWARD,
    [FM_OP_DROPOUT_MASK] = FM_KERNEL_DROPOUT_MASK,
    [FM_OP_DROPOUT_FORWARD] = FM_KERNEL_DROPOUT,
    [FM_OP_LOSS] = FM_KERNEL_LOSS,
    [FM_OP_LINEAR_BACKWARD_INPUT] = FM_KERNEL_BACKWARD_INPUT,
    [FM_OP_DROPOUT_BACKWARD] = FM_KERNEL_DROPOUT,
    [FM_OP_ACTIVATION_BACKWARD] = FM_KERNEL_ACTIVATION_BACKWARD,
    [FM_OP_PRELU_BACKWARD] = FM_KERNEL_PRELU_BACKWARD,
    [FM_OP_LINEAR_BACKWARD_PARAMETERS] = FM_KERNEL_BACKWARD_PARAMETERS,
    [FM_OP_PRELU_BACKWARD_SLOPE] = FM_KERNEL_PRELU_BACKWARD_SLOPE,
    [FM_OP_UPDATE] = FM_KERNEL_UPDATE,
};

/* The member of fm_gpu_op for each operand of an operation, in the order of its row. */
#define AT(member) offsetof(fm_gpu_op, member)
static const size_t member_of[FM_OPERATIONS][FM_MOST_OPERANDS] = {
    [FM_OP_GATHER] = {AT(x)},
    [FM_OP_LINEAR_FORWARD] = {AT(y), AT(z), AT(x), AT(parameters), AT(slope)},
    [FM_OP_DROPOUT_MASK] = {AT(mask)},
    [FM_OP_DROPOUT_FORWARD] = {AT(y), AT(x), AT(mask)},
    [FM_OP_LOSS] = {AT(dy), AT(y)},
    [FM_OP_LINEAR_BACKWARD_INPUT] = {AT(dx), AT(dy), AT(parameters), AT(x)},
    [FM_OP_DROPOUT_BACKWARD] = {AT(y), AT(mask)},
    [FM_OP_ACTIVATION_BACKWARD] = {AT(dy), AT(y)},
    [FM_OP_PRELU_BACKWARD] = {AT(dy), AT(share), AT(z), AT(slope)},
    [FM_OP_LINEAR_BACKWARD_PARAMETERS] = {AT(gradient), AT(x), AT(dy)},
    [FM_OP_PRELU_BACKWARD_SLOPE] = {AT(gradient), AT(share)},
    [FM_OP_UPDATE] = {AT(parameters), AT(gradient)},
};

typedef struct gpu_plan {
    fm_opencl_plan opencl;
    fm_gpu_launch *launch[FM_PLAN_GRAPHS];
    size_t launch_count[FM_PLAN_GRAPHS];
    fm_opencl_binding binding[FM_PLAN_GRAPHS];
} gpu_plan;

/* The state of a compilation. */
typedef struct compiler {
    gpu_plan *plan;
    const fm_gpu *gpu;
    const fm_graph *graph;
    size_t number;   /* the graph's */
    fm_gpu_op *list; /* of all launches that have one; copied to the arena at the end */
    size_t list_count;
    int list_offset;
} compiler;

enum { OP_FLOATS = sizeof(fm_gpu_op) / sizeof(float) };

/* ---- Patterns ---- */

static int is_gather_and_forward(const fm_graph *graph, size_t i) {
    return i + 1 < graph->node_count && graph->node[i].operation == FM_OP_GATHER &&
           graph->node[i + 1].operation == FM_OP_LINEAR_FORWARD &&
           graph->node[i + 1].operand[2] == graph->node[i].operand[0];
}

static int is_forward_and_loss(const fm_graph *graph, size_t i, int side) {
    return i + 1 < graph->node_count && graph->node[i].operation == FM_OP_LINEAR_FORWARD &&
           graph->node[i + 1].operation == FM_OP_LOSS &&
           graph->node[i + 1].operand[1] == graph->node[i].operand[0] &&
           graph->node[i].outputs <= (size_t)side;
}

/* ---- Launches ---- */

static fm_gpu_op describe(const compiler *c, const fm_node *node) {
    const fm_operation_info *info = fm_operation_get(node->operation);
    const size_t outputs = node->outputs ? node->outputs : 1; /* of a slope 1, with 0 inputs */
    const size_t stride = fm_gpu_parameters_stride(outputs);
    fm_gpu_op op = {.x = FM_NONE,
                    .dx = FM_NONE,
                    .y = FM_NONE,
                    .dy = FM_NONE,
                    .z = FM_NONE,
                    .share = FM_NONE,
                    .parameters = FM_NONE,
                    .gradient = FM_NONE,
                    .slope = FM_NONE,
                    .x_stride = (int)fm_batch_stride(node->inputs),
                    .y_stride = (int)fm_batch_stride(outputs),
                    .share_stride = (int)fm_batch_stride(1),
                    .stride = (int)stride,
                    .size = (int)(stride * (node->inputs + 1)),
                    .inputs = (int)node->inputs,
                    .outputs = (int)outputs,
                    .activation = (int)node->activation,
                    .loss = (int)node->loss,
                    .mask = FM_NONE,
                    .mask_stride = (int)fm_mask_stride(outputs),
                    .layer = (int)node->layer,
                    .threshold = (int)fm_dropout_threshold(node->rate),
                    .kept = fm_dropout_scale(node->rate)};
    for (int i = 0; i < FM_MOST_OPERANDS && info->operand[i].name; i++)
        if (node->operand[i] != FM_NONE)
            *(int *)((char *)&op + member_of[node->operation][i]) =
                c->plan->opencl.offset[node->operand[i]];
    return op;
}

/* Appends a launch for `count` nodes starting with node `first`. */
static fm_gpu_launch *add(compiler *c, enum fm_gpu_kernel kernel, fm_gpu_op op, size_t first,
                          size_t count) {
    fm_gpu_launch *l = &c->plan->launch[c->number][c->plan->launch_count[c->number]++];
    *l = (fm_gpu_launch){.kernel = kernel, .arguments = {.op = op}, .first = first, .count = count};
    return l;
}

/* Work-groups of an operation in a list. */
static size_t list_groups(const compiler *c, fm_gpu_op *op) {
    const size_t side = (size_t)c->gpu->opencl.choices.side;
    if (op->share != FM_NONE)
        return 1;
    op->across = (int)fm_groups((size_t)op->outputs, side);
    return (size_t)op->across * fm_groups((size_t)op->inputs + 1, side);
}

static int same_gradient(const fm_graph *graph, size_t first, size_t i) {
    for (size_t n = first; n < i; n++)
        if (fm_node_is_gradient(&graph->node[n]) &&
            graph->node[n].operand[0] == graph->node[i].operand[0])
            return 1;
    return 0;
}

/* Appends one launch for the independent gradients from node i on; returns their number of nodes.
 */
static size_t add_gradients(compiler *c, size_t i) {
    const fm_graph *graph = c->graph;
    const size_t list = c->list_count, first = i;
    size_t groups = 0;
    while (i < graph->node_count && fm_node_is_gradient(&graph->node[i]) &&
           !same_gradient(graph, first, i)) {
        fm_gpu_op op = describe(c, &graph->node[i]);
        const int is_updated = fm_opencl_plan_fuses(&c->plan->opencl, graph, i);
        if (is_updated) {
            op.parameters = c->plan->opencl.offset[graph->node[i + 1].operand[0]];
            op.gradient = FM_NONE;
        }
        op.group = (int)groups;
        groups += list_groups(c, &op);
        c->list[c->list_count++] = op;
        i += is_updated ? 2 : 1;
        if (c->plan->opencl.is_separate)
            break;
    }
    fm_gpu_launch *l = add(c, FM_KERNEL_BACKWARD_PARAMETERS, c->list[list], first, i - first);
    l->arguments.list = c->list_offset + (int)list * OP_FLOATS;
    l->arguments.count = (int)(c->list_count - list);
    l->groups = groups;
    return i - first;
}

/* Appends a linear operation whose product a library computes. */
static void add_product(compiler *c, size_t i) {
    const fm_gpu_op op = describe(c, &c->graph->node[i]);
    const enum fm_operation operation = c->graph->node[i].operation;
    add(c, FM_KERNEL_PRODUCT, op, i, 1);
    if (operation == FM_OP_LINEAR_FORWARD)
        add(c, FM_KERNEL_FINISH_FORWARD, op, i, 0);
    else if (operation == FM_OP_LINEAR_BACKWARD_PARAMETERS)
        add(c, FM_KERNEL_BIAS_GRADIENT, op, i, 0);
    else if (op.x != FM_NONE)
        add(c, FM_KERNEL_ACTIVATION_BACKWARD,
            (fm_gpu_op){.dy = op.dx,
                        .y = op.x,
                        .y_stride = op.x_stride,
                        .outputs = op.inputs,
                        .activation = op.activation},
            i, 0);
}

static size_t add_one(compiler *c, size_t i) {
    const fm_node *node = &c->graph->node[i];
    if (c->gpu->product && fm_operation_get(node->operation)->is_product)
        add_product(c, i);
    else if (node->operation == FM_OP_LINEAR_BACKWARD_PARAMETERS)
        return add_gradients(c, i);
    else
        add(c, kernel_of[node->operation], describe(c, node), i, 1);
    return 1;
}

/* Appends launches for node i and the nodes that share its launch; returns the number of nodes. */
static size_t add_next(compiler *c, size_t i) {
    const fm_node *node = &c->graph->node[i];
    if (c->plan->opencl.is_separate)
        return add_one(c, i);
    if (is_gather_and_forward(c->graph, i)) {
        add(c, FM_KERNEL_FORWARD_IMAGES, describe(c, node + 1), i, 2);
        return 2;
    }
    if (is_forward_and_loss(c->graph, i, c->gpu->opencl.choices.side)) {
        const fm_gpu_op loss = describe(c, node + 1);
        fm_gpu_op op = describe(c, node);
        op.dy = loss.dy;
        op.loss = loss.loss;
        add(c, FM_KERNEL_FORWARD_LOSS, op, i, 2);
        return 2;
    }
    return fm_node_is_gradient(node) ? add_gradients(c, i) : add_one(c, i);
}

/* ---- Compiling ---- */

static int create_kernels(gpu_plan *plan, size_t number, cl_program program, fm_error *error) {
    int status = FM_OK;
    for (size_t i = 0; !status && i < plan->launch_count[number]; i++) {
        fm_gpu_launch *l = &plan->launch[number][i];
        if (l->kernel != FM_KERNEL_PRODUCT)
            status = fm_cl_kernel_create(&l->object, program, fm_gpu_kernel_name(l->kernel), error);
    }
    return status;
}

static int compile_graph(compiler *c, size_t number, fm_error *error) {
    enum { MOST_LAUNCHES = 2 }; /* of an operation */
    gpu_plan *plan = c->plan;
    c->number = number;
    c->graph = plan->opencl.base.graph[number];
    int status = fm_memory_allocate(&plan->launch[number], MOST_LAUNCHES * c->graph->node_count,
                                    sizeof(fm_gpu_launch), "a plan", error);
    for (size_t i = 0; !status && i < c->graph->node_count;)
        i += add_next(c, i);
    return status ? status : create_kernels(plan, number, c->gpu->opencl.program, error);
}

static int write_list(const compiler *c, fm_error *error) {
    fm_opencl *opencl = (fm_opencl *)c->plan->opencl.base.backend;
    if (!c->list_count)
        return FM_OK;
    int status = fm_arena_prepare(&opencl->arena, opencl->context, error);
    return status ? status
                  : fm_cl_buffer_write(opencl->arena.buffer, opencl->context, c->list,
                                       (size_t)c->list_offset * sizeof(float),
                                       c->list_count * sizeof *c->list, error);
}

int fm_gpu_plan_compile(fm_plan **out, const fm_plan *base, fm_parameters *const *parameters,
                        enum fm_compile how, fm_error *error) {
    compiler c = {.gpu = (const fm_gpu *)base->backend};
    size_t gradients = 0;
    int status = fm_memory_allocate(&c.plan, 1, sizeof *c.plan, "a plan", error);
    if (status)
        return status;
    c.plan->opencl.base = *base;
    c.plan->opencl.is_separate = how == FM_COMPILE_SEPARATE || c.gpu->product;
    for (size_t g = 0; g < base->count; g++)
        for (size_t i = 0; i < base->graph[g]->node_count; i++)
            gradients += (size_t)fm_node_is_gradient(&base->graph[g]->node[i]);
    status = fm_memory_allocate(&c.list, gradients, sizeof *c.list, "a plan", error);
    if (!status)
        status = fm_opencl_plan_allocate(&c.plan->opencl, &c.list_offset, parameters,
                                         gradients * OP_FLOATS, error);
    for (size_t g = 0; !status && g < base->count; g++)
        status = compile_graph(&c, g, error);
    if (!status)
        status = write_list(&c, error);
    free(c.list);
    if (status)
        fm_gpu_plan_free(&c.plan->opencl.base);
    else
        *out = &c.plan->opencl.base;
    return status;
}

void fm_gpu_plan_free(fm_plan *base) {
    gpu_plan *plan = (gpu_plan *)base;
    for (size_t g = 0; g < base->count; g++) {
        for (size_t i = 0; i < plan->launch_count[g]; i++)
            fm_cl_kernel_free(plan->launch[g][i].object);
        free(plan->launch[g]);
    }
    fm_opencl_plan_free(&plan->opencl);
    free(plan);
}

/* ---- Running ---- */

/* Sets the buffers of this run where they have changed. */
static int bind(gpu_plan *plan, size_t number, fm_opencl *opencl, const fm_samples *samples,
                const fm_outcomes *outcomes, fm_error *error) {
    fm_opencl_binding *binding = &plan->binding[number];
    int changed = 0;
    int status = fm_opencl_bind(&changed, binding, opencl, samples, outcomes, error);
    for (size_t i = 0; !status && changed && i < plan->launch_count[number]; i++)
        status = fm_gpu_launch_bind(&plan->launch[number][i], opencl, samples, outcomes, error);
    if (status) /* the next run sets them again */
        *binding = (fm_opencl_binding){.arena = NULL};
    return status;
}

int fm_gpu_plan_run(fm_plan *base, size_t graph, fm_samples *samples, fm_outcomes *outcomes,
                    const fm_step *step, fm_error *error) {
    gpu_plan *plan = (gpu_plan *)base;
    fm_gpu *gpu = (fm_gpu *)base->backend;
    int status = bind(plan, graph, &gpu->opencl, samples, outcomes, error);
    for (size_t i = 0; !status && i < plan->launch_count[graph]; i++)
        status = fm_gpu_launch_run(&plan->launch[graph][i], gpu, base->graph[graph], step, error);
    return status;
}
