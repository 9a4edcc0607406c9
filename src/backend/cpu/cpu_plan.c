#include "backend/cpu/cpu.h"

#include <stdlib.h>

#include "base/memory.h"
#include "cl/buffer.h"
#include "cl/launch.h"
#include "cl/program.h"
#include "cpu/plan.h"

/* With fewer rows than compute units, networks of at most this many weights still run all layers in
 * one launch, divided by rows: one launch per layer costs more than the idle units. */
enum { FEW_WEIGHTS = 1 << 19 };

/* All columns of any batch tensor. */
enum { ALL_COLUMNS = FM_MAX_COLS };

/* A list of operations has two forms, because thin batches divide the parameters differently. */
enum { THICK, THIN, FORMS };

/* Operations first to first + count - 1, in one launch. */
typedef struct phase {
    enum fm_division division;
    size_t first, count;
    size_t width;         /* columns to divide, for FM_BY_COLUMNS */
    size_t groups[FORMS]; /* for FM_BY_PARAMETERS */
} phase;

typedef struct phases {
    phase *phase;
    size_t count;
} phases;

typedef struct compiled {
    const fm_graph *graph;
    fm_cpu_op *op;
    const fm_node **node; /* of each operation */
    size_t count;
    phases by_rows;
    phases by_columns; /* for batches with fewer rows than compute units */
    double weights;    /* read by the products that are divided by rows or columns */
    int list[FORMS];   /* offsets in the arena */
    int scratch_stride;
} compiled;

typedef struct plan {
    fm_opencl_plan opencl;
    enum fm_compile how;
    compiled graph[FM_PLAN_GRAPHS];
    int scratch;
    cl_kernel batch_kernel, parameters_kernel;
    fm_opencl_binding binding;
} plan;

static fm_opencl *opencl_of(const plan *p) {
    return (fm_opencl *)p->opencl.base.backend;
}

static size_t compute_units(const plan *p) {
    return opencl_of(p)->context->compute_units;
}

/* ---- Operations ---- */

static fm_cpu_op make_op(const plan *p, const fm_graph *graph, const fm_node *node) {
    const fm_operation_info *info = fm_operation_get(node->operation);
    fm_cpu_op op = {
        .operation = (int)node->operation,
        .inputs = (int)node->inputs,
        .outputs = (int)node->outputs,
        .x_stride = (int)fm_batch_stride(node->inputs),
        .y_stride = (int)fm_batch_stride(node->outputs),
        .mask_stride = (int)fm_mask_stride(node->outputs),
        .layer = (int)node->layer,
        .threshold = (int)fm_dropout_threshold(node->rate),
        .scale = fm_dropout_scale(node->rate),
        .kind = node->operation == FM_OP_LOSS ? (int)node->loss : (int)node->activation,
    };
    for (int k = 0; k < FM_MOST_OPERANDS; k++) {
        const int tensor = info->operand[k].name ? node->operand[k] : FM_NONE;
        op.operand[k] = tensor == FM_NONE ? FM_NONE : p->opencl.offset[tensor];
        if (tensor != FM_NONE && info->operand[k].access == FM_READ)
            op.sparse |= graph->tensor[tensor].sparse;
    }
    if (info->divisions & FM_BY_PARAMETERS) {
        const fm_tensor *target = &graph->tensor[node->operand[0]];
        op.target = op.operand[0];
        op.is_stored = fm_node_is_gradient(node);
        op.size = (int)opencl_of(p)->layout->size(target->rows, target->cols);
    }
    return op;
}

static int make_ops(compiled *c, const plan *p, const fm_graph *graph, fm_error *error) {
    const size_t most = graph->node_count ? graph->node_count : 1;
    c->graph = graph;
    int status = fm_memory_allocate(&c->op, most, sizeof *c->op, "a plan", error);
    if (!status)
        status = fm_memory_allocate(&c->node, most, sizeof *c->node, "a plan", error);
    for (size_t i = 0; !status && i < graph->node_count; i++) {
        const fm_node *node = &graph->node[i];
        fm_cpu_op *op = &c->op[c->count];
        *op = make_op(p, graph, node);
        c->node[c->count++] = node;
        if (fm_opencl_plan_fuses(&p->opencl, graph, i)) {
            i++; /* the update */
            op->target = p->opencl.offset[graph->node[i].operand[0]];
            op->is_stored = 0;
        }
    }
    return status;
}

/* ---- Phases ---- */

/* Which tensors the operations of the phase so far wrote, or read whole. */
typedef struct access {
    char *is_written, *is_read_whole;
} access;

static enum fm_division division_of(const fm_node *node, int prefers_columns) {
    const unsigned allowed = fm_operation_get(node->operation)->divisions;
    if (allowed & FM_BY_PARAMETERS)
        return FM_BY_PARAMETERS;
    return prefers_columns && allowed & FM_BY_COLUMNS ? FM_BY_COLUMNS : FM_BY_ROWS;
}

static size_t width_of(const fm_node *node) {
    const enum fm_size width = fm_operation_get(node->operation)->width;
    return width == FM_SIZE_INPUTS ? node->inputs : width == FM_SIZE_OUTPUTS ? node->outputs : 1;
}

/* Whether a work-item reads parts of the operand that other work-items write: never when divided by
 * rows, always when divided by parameters. */
static int is_read_whole(const fm_operand_info *operand, enum fm_division division) {
    return division == FM_BY_PARAMETERS || (division == FM_BY_COLUMNS && operand->whole);
}

/* Whether the node reads what other work-items of the phase write, or writes what they read or
 * write. */
static int is_dependent(const access *a, const fm_node *node, enum fm_division division) {
    const fm_operation_info *info = fm_operation_get(node->operation);
    for (int k = 0; k < FM_MOST_OPERANDS && info->operand[k].name; k++) {
        const fm_operand_info *operand = &info->operand[k];
        const int tensor = node->operand[k];
        if (tensor == FM_NONE)
            continue;
        if (operand->access != FM_WRITE && a->is_written[tensor] &&
            is_read_whole(operand, division))
            return 1;
        if (operand->access != FM_READ &&
            (a->is_read_whole[tensor] || (division == FM_BY_PARAMETERS && a->is_written[tensor])))
            return 1;
    }
    return 0;
}

static void note_access(access *a, const fm_node *node, enum fm_division division) {
    const fm_operation_info *info = fm_operation_get(node->operation);
    for (int k = 0; k < FM_MOST_OPERANDS && info->operand[k].name; k++) {
        if (node->operand[k] == FM_NONE)
            continue;
        if (info->operand[k].access != FM_READ)
            a->is_written[node->operand[k]] = 1;
        if (info->operand[k].access != FM_WRITE && is_read_whole(&info->operand[k], division))
            a->is_read_whole[node->operand[k]] = 1;
    }
}

static int cut_phases(phases *out, const compiled *c, enum fm_compile how, int prefers_columns,
                      fm_error *error) {
    const size_t tensors = c->graph->tensor_count + 1;
    access a = {NULL, NULL};
    int status = fm_memory_allocate(&out->phase, c->count + 1, sizeof *out->phase, "a plan", error);
    if (!status)
        status = fm_memory_allocate(&a.is_written, 2 * tensors, 1, "a plan", error);
    if (status || !out->phase)
        return status;
    a.is_read_whole = a.is_written + tensors;
    for (size_t i = 0; i < c->count; i++) {
        const fm_node *node = c->node[i];
        const enum fm_division division = division_of(node, prefers_columns);
        const phase *last = out->count ? &out->phase[out->count - 1] : NULL;
        if (!last || how == FM_COMPILE_SEPARATE || division != last->division ||
            (division == FM_BY_COLUMNS && width_of(node) != last->width) ||
            is_dependent(&a, node, division)) {
            out->phase[out->count++] =
                (phase){.division = division, .first = i, .width = width_of(node)};
            for (size_t t = 0; t < 2 * tensors; t++)
                a.is_written[t] = 0;
        }
        out->phase[out->count - 1].count++;
        note_access(&a, node, division);
    }
    free(a.is_written);
    return FM_OK;
}

/* ---- The division of the parameters ---- */

/* Enough work-groups per compute unit that a unit which starts late or runs slowly gets less work,
 * but few enough that the cost of starting them does not matter. */
static size_t group_count(const plan *p, int unit_groups) {
    return (size_t)unit_groups * compute_units(p);
}

/* How many of `count` steps along one axis a group takes, with `others` along the other axis. */
static size_t span_of(const plan *p, size_t count, size_t others) {
    size_t span = count * others / group_count(p, opencl_of(p)->choices.groups);
    return span < 1 ? 1 : span > count ? count : span;
}

/* Gives an operation its groups, numbered from `first`, and returns their number. */
static size_t divide_op(fm_cpu_op *op, const plan *p, int form, size_t first) {
    const size_t lines = (size_t)opencl_of(p)->choices.lines * FM_PANEL;
    const size_t inputs = (size_t)op->inputs + 1;
    const size_t panels = fm_groups((size_t)op->outputs, FM_PANEL);
    size_t span = 1, along = 1, across = 1;
    if (op->operation == FM_OP_UPDATE) {
        const size_t vectors = fm_groups((size_t)op->size, FM_PANEL);
        span = span_of(p, vectors, 1);
        across = fm_groups(vectors, span);
    } else if (op->operation == FM_OP_LINEAR_BACKWARD_PARAMETERS && form == THIN) {
        span = span_of(p, inputs, panels);
        along = fm_groups(inputs, span);
        across = panels;
    } else if (op->operation == FM_OP_LINEAR_BACKWARD_PARAMETERS) {
        along = fm_groups(inputs, lines);
        span = span_of(p, panels, along);
        across = fm_groups(panels, span);
    }
    op->group = (int)first;
    op->span = (int)span;
    op->across = (int)across;
    return along * across;
}

static void divide_parameters(compiled *c, const plan *p, phases *all, int form) {
    for (size_t i = 0; i < all->count; i++) {
        phase *ph = &all->phase[i];
        for (size_t k = 0; ph->division == FM_BY_PARAMETERS && k < ph->count; k++)
            ph->groups[form] += divide_op(&c->op[ph->first + k], p, form, ph->groups[form]);
    }
}

/* ---- Compiling ---- */

static size_t list_floats(const fm_graph *graph) {
    return fm_groups(graph->node_count * sizeof(fm_cpu_op) / sizeof(float), FM_ROW_ALIGN) *
           FM_ROW_ALIGN;
}

/* Columns per group, so that all compute units get groups. */
static size_t column_span(const plan *p, size_t width) {
    const size_t groups = group_count(p, opencl_of(p)->choices.groups);
    return fm_groups(fm_groups(width, groups), FM_PANEL) * FM_PANEL;
}

/* Floats for transposed gradients: *stride per row, for the rows of the batch or MOST_ROWS per
 * group of columns. */
static size_t scratch_floats(int *stride, const plan *p, const fm_graph *graph) {
    size_t most_groups = 0, rows = fm_groups(graph->rows, FM_PANEL) * FM_PANEL;
    *stride = 0;
    for (size_t i = 0; i < graph->node_count; i++) {
        const fm_node *node = &graph->node[i];
        if (node->operation != FM_OP_LINEAR_BACKWARD_INPUT)
            continue;
        const size_t groups = fm_groups(node->inputs, column_span(p, node->inputs));
        const int own = (int)fm_batch_stride(node->outputs);
        most_groups = groups > most_groups ? groups : most_groups;
        *stride = own > *stride ? own : *stride;
    }
    /* Batches with fewer rows than units are divided by columns; thin ones are not transposed. */
    if ((p->how == FM_COMPILE_COLUMNS || compute_units(p) > FM_THIN_ROWS) &&
        rows < most_groups * FM_MOST_ROWS)
        rows = most_groups * FM_MOST_ROWS;
    return rows * (size_t)*stride;
}

/* Reserves the workspace: tensors, then the lists of operations, then the scratch of all graphs. */
static int allocate(plan *p, fm_parameters *const *parameters, fm_error *error) {
    const fm_plan *base = &p->opencl.base;
    size_t scratch = 0, lists = 0;
    int start = 0;
    for (size_t g = 0; g < base->count; g++) {
        const size_t own = scratch_floats(&p->graph[g].scratch_stride, p, base->graph[g]);
        scratch = own > scratch ? own : scratch;
        lists += FORMS * list_floats(base->graph[g]);
    }
    int status = fm_opencl_plan_allocate(&p->opencl, &start, parameters, lists + scratch, error);
    for (size_t g = 0; g < base->count; g++)
        for (int form = THICK; form < FORMS; form++) {
            p->graph[g].list[form] = start;
            start += (int)list_floats(base->graph[g]);
        }
    p->scratch = start;
    return status;
}

static int write_lists(compiled *c, const plan *p, fm_error *error) {
    const fm_opencl *opencl = opencl_of(p);
    int status = FM_OK;
    for (int form = THICK; !status && form < FORMS && c->count; form++) {
        divide_parameters(c, p, &c->by_rows, form);
        divide_parameters(c, p, &c->by_columns, form);
        status = fm_cl_buffer_write(opencl->arena.buffer, opencl->context, c->op,
                                    (size_t)c->list[form] * sizeof(float), c->count * sizeof *c->op,
                                    error);
    }
    return status;
}

static int compile_graph(compiled *c, const plan *p, const fm_graph *graph, fm_error *error) {
    int status = make_ops(c, p, graph, error);
    for (size_t i = 0; !status && i < c->count; i++)
        if (c->node[i]->operation == FM_OP_LINEAR_FORWARD ||
            c->node[i]->operation == FM_OP_LINEAR_BACKWARD_INPUT)
            c->weights += (double)c->node[i]->inputs * (double)c->node[i]->outputs;
    if (!status)
        status = cut_phases(&c->by_rows, c, p->how, 0, error);
    if (!status)
        status = cut_phases(&c->by_columns, c, p->how, 1, error);
    return status ? status : write_lists(c, p, error);
}

static void free_compiled(compiled *c) {
    free(c->by_rows.phase);
    free(c->by_columns.phase);
    free(c->op);
    free(c->node);
}

void fm_cpu_plan_free(fm_plan *base) {
    plan *p = (plan *)base;
    for (size_t g = 0; g < base->count; g++)
        free_compiled(&p->graph[g]);
    fm_cl_kernel_free(p->batch_kernel);
    fm_cl_kernel_free(p->parameters_kernel);
    fm_opencl_plan_free(&p->opencl);
    free(p);
}

static int compile(plan *p, fm_parameters *const *parameters, fm_error *error) {
    fm_opencl *opencl = opencl_of(p);
    const fm_plan *base = &p->opencl.base;
    int status = allocate(p, parameters, error);
    if (!status)
        status = fm_arena_prepare(&opencl->arena, opencl->context, error);
    for (size_t g = 0; !status && g < base->count; g++)
        status = compile_graph(&p->graph[g], p, base->graph[g], error);
    if (!status)
        status = fm_cl_kernel_create(&p->batch_kernel, opencl->program, "batch_phase", error);
    if (!status)
        status =
            fm_cl_kernel_create(&p->parameters_kernel, opencl->program, "parameters_phase", error);
    return status;
}

int fm_cpu_plan_compile(fm_plan **out, const fm_plan *base, fm_parameters *const *parameters,
                        enum fm_compile how, fm_error *error) {
    plan *p = NULL;
    int status = fm_memory_allocate(&p, 1, sizeof *p, "a plan", error);
    if (status)
        return status;
    p->opencl.base = *base;
    p->how = how;
    p->opencl.is_separate = how == FM_COMPILE_SEPARATE;
    status = compile(p, parameters, error);
    if (status)
        fm_cpu_plan_free(&p->opencl.base);
    else
        *out = &p->opencl.base;
    return status;
}

/* ---- Running ---- */

/* Rows per group: as many as stay in the L2 cache, because each group reads all weights. How a row
 * is computed depends only on the batch, never on the groups, so a device gives the same bits with
 * any number of compute units. */
static size_t row_span(const plan *p, size_t rows) {
    if (rows <= FM_THIN_ROWS)
        return fm_groups(rows, compute_units(p));
    const size_t groups = group_count(p, opencl_of(p)->choices.row_groups);
    const size_t span = fm_groups(fm_groups(rows, groups), FM_PANEL) * FM_PANEL;
    return span < FM_MOST_ROWS ? span : FM_MOST_ROWS;
}

static int divides_columns(const plan *p, const compiled *c, size_t rows) {
    return p->how == FM_COMPILE_COLUMNS || (rows < compute_units(p) && c->weights > FEW_WEIGHTS);
}

/* Floating-point operations and bytes, for the profile. */
static void count_work(fm_cl_range *range, const compiled *c, const phase *ph, size_t rows) {
    for (size_t i = ph->first; i < ph->first + ph->count; i++) {
        range->flop += fm_node_flop(c->node[i], rows);
        range->bytes += fm_node_bytes(c->graph, c->node[i], rows);
    }
}

static int run_phase(const plan *p, const compiled *c, const phase *ph, fm_cpu_launch *launch,
                     fm_error *error) {
    enum { BATCH_LAUNCH = 4, PARAMETERS_LAUNCH = 1 };
    const size_t rows = (size_t)launch->step.rows;
    const int form = rows <= FM_THIN_ROWS ? THIN : THICK;
    const int is_batch = ph->division != FM_BY_PARAMETERS;
    cl_kernel kernel = is_batch ? p->batch_kernel : p->parameters_kernel;
    const fm_cl_argument argument = FM_CL_ARGUMENT(*launch);
    fm_cl_context *context = opencl_of(p)->context;
    fm_cl_range range = {.groups = {1, 1}, .items = {1, 1}};
    launch->list = c->list[form] + (int)(ph->first * sizeof(fm_cpu_op) / sizeof(float));
    launch->count = (int)ph->count;
    launch->span = (int)(ph->division == FM_BY_ROWS ? row_span(p, rows) : rows);
    launch->columns = ALL_COLUMNS;
    if (ph->division == FM_BY_ROWS) {
        range.groups[0] = fm_groups(rows, (size_t)launch->span);
    } else if (ph->division == FM_BY_COLUMNS) {
        launch->columns = (int)column_span(p, ph->width);
        range.groups[1] = fm_groups(ph->width, (size_t)launch->columns);
    } else {
        range.groups[0] = ph->groups[form];
    }
    if (context->profile)
        count_work(&range, c, ph, rows);
    int status = fm_cl_set_arguments(kernel, is_batch ? BATCH_LAUNCH : PARAMETERS_LAUNCH, &argument,
                                     1, error);
    return status ? status : fm_cl_launch(context, kernel, range, error);
}

static int bind(plan *p, const fm_samples *samples, const fm_outcomes *outcomes, fm_error *error) {
    fm_opencl *opencl = opencl_of(p);
    int changed = 0;
    int status = fm_opencl_bind(&changed, &p->binding, opencl, samples, outcomes, error);
    if (!status && changed)
        status = fm_opencl_set_buffers(p->batch_kernel, 4, opencl, samples, outcomes, error);
    if (!status && changed)
        status = fm_opencl_set_buffers(p->parameters_kernel, 1, opencl, samples, outcomes, error);
    if (status)
        p->binding = (fm_opencl_binding){.arena = NULL}; /* the next run sets them again */
    return status;
}

int fm_cpu_plan_run(fm_plan *base, size_t graph, fm_samples *samples, fm_outcomes *outcomes,
                    const fm_step *step, fm_error *error) {
    plan *p = (plan *)base;
    const compiled *c = &p->graph[graph];
    const phases *all = divides_columns(p, c, (size_t)step->rows) ? &c->by_columns : &c->by_rows;
    fm_cpu_launch launch = {
        .step = *step, .scratch = p->scratch, .scratch_stride = c->scratch_stride};
    int status = bind(p, samples, outcomes, error);
    for (size_t i = 0; !status && i < all->count; i++)
        status = run_phase(p, c, &all->phase[i], &launch, error);
    return status;
}
