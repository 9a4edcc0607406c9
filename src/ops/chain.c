#include "ops/chain.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cl/buffer.h"
#include "cl/program.h"
#include "ops/panel.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* With fewer rows than compute units, networks of up to so many weights still take their rows
 * through all layers at once: for the other units to join at each layer would take longer. */
enum { LONE_WEIGHTS = 1 << 19 };

enum { MOST_COLUMNS = FM_MAX_COLS };

static size_t longest_list(void) {
    size_t row = sizeof(fm_row_op), update = sizeof(fm_update_op);
    return FM_CHAIN_OPS * (row > update ? row : update);
}

int fm_chain_create(fm_chain *chain, fm_cl_context *context, fm_arena *arena, cl_program program,
                    const fm_choices *choices, fm_error *error) {
    chain->context = context;
    chain->choices = choices;
    chain->arena = arena;
    int status = fm_cl_kernel_create(&chain->rows_kernel, program, "chain_rows", error);
    if (!status)
        status = fm_cl_kernel_create(&chain->updates_kernel, program, "chain_updates", error);
    for (size_t i = 0; !status && i < FM_CHAIN_LISTS; i++) {
        fm_chain_list *list = &chain->list[i];
        status = fm_memory_allocate(&list->copy, longest_list(), 1, "a list of operations", error);
        if (!status)
            status = fm_cl_buffer_create(&list->buffer, context, longest_list(), error);
    }
    return status;
}

void fm_chain_free(fm_chain *chain) {
    for (size_t i = 0; i < FM_CHAIN_LISTS; i++) {
        fm_cl_buffer_free(chain->list[i].buffer);
        free(chain->list[i].copy);
    }
    fm_cl_buffer_free(chain->scratch);
    fm_cl_kernel_free(chain->updates_kernel);
    fm_cl_kernel_free(chain->rows_kernel);
}

/* Room to turn the gradients that go back through a layer. Grows at the first step of a network,
 * never afterwards. */
static int prepare_scratch(fm_chain *chain, fm_error *error) {
    size_t rows = fm_groups(chain->rows, FM_PANEL) * FM_PANEL, stride = FM_ROW_ALIGN;
    cl_mem grown = NULL;
    for (size_t i = 0; i < chain->row_count; i++) {
        const fm_row_op *op = &chain->row[i];
        if (op->kind == FM_ROW_BACKWARD_INPUT && (size_t)op->y_stride > stride)
            stride = (size_t)op->y_stride;
    }
    chain->scratch_stride = stride;
    size_t floats = rows * stride;
    if (floats <= chain->scratch_size)
        return FM_OK;
    int status = fm_cl_buffer_create(&grown, chain->context, floats * sizeof(float), error);
    if (status)
        return status;
    fm_cl_buffer_free(chain->scratch);
    chain->scratch = grown;
    chain->scratch_size = floats;
    return FM_OK;
}

/* The list on the device. A training has few of them, so each is written once and found again. */
static int place_list(cl_mem *out, fm_chain *chain, const void *ops, size_t bytes,
                      fm_error *error) {
    for (size_t i = 0; i < FM_CHAIN_LISTS; i++) {
        if (chain->list[i].bytes == bytes && !memcmp(chain->list[i].copy, ops, bytes)) {
            *out = chain->list[i].buffer;
            return FM_OK;
        }
    }
    fm_chain_list *list = &chain->list[chain->next_list];
    chain->next_list = (chain->next_list + 1) % FM_CHAIN_LISTS;
    list->bytes = 0;
    int status = fm_cl_buffer_write(list->buffer, chain->context, ops, 0, bytes, error);
    if (status)
        return status;
    memcpy(list->copy, ops, bytes);
    list->bytes = bytes;
    *out = list->buffer;
    return FM_OK;
}

static fm_cl_range alone(size_t along_first, size_t along_second) {
    return (fm_cl_range){.groups = {along_first, along_second}, .items = {1, 1}};
}

/* ---- Along the rows ---- */

/* Groups for each compute unit: enough that a unit which starts late or runs slowly gets less to
 * do, few enough that starting one does not count. */
static size_t group_count(const fm_chain *chain, int unit_groups) {
    return (size_t)unit_groups * chain->context->compute_units;
}

/* Rows of a group: so many at most that they lie in the second cache; each group reads all weights,
 * so it should not be fewer. How a row is computed depends on the batch alone, never on the groups:
 * so a device gives the same bits however many compute units it has. */
static size_t row_span(const fm_chain *chain) {
    if (chain->rows <= FM_THIN_ROWS)
        return fm_groups(chain->rows, chain->context->compute_units);
    size_t groups = group_count(chain, chain->choices->row_groups);
    size_t span = fm_groups(fm_groups(chain->rows, groups), FM_PANEL) * FM_PANEL;
    return span < FM_MOST_ROWS ? span : FM_MOST_ROWS;
}

/* Columns of a group, when the rows alone do not make enough groups. */
static size_t column_span(const fm_chain *chain, const fm_row_op *op) {
    size_t columns = (size_t)(op->kind == FM_ROW_FORWARD ? op->outputs : op->inputs);
    size_t groups = group_count(chain, chain->choices->groups);
    if (op->kind != FM_ROW_FORWARD && op->kind != FM_ROW_BACKWARD_INPUT)
        return MOST_COLUMNS;
    return fm_groups(fm_groups(columns, groups), FM_PANEL) * FM_PANEL;
}

/* For the profile: the products, and the weights and matrices that an operation reads or writes. */
static void count_row_op(fm_cl_range *range, const fm_row_op *op, size_t rows) {
    double batch = (double)rows, inputs = op->inputs, outputs = op->outputs;
    int is_product = op->kind == FM_ROW_FORWARD || op->kind == FM_ROW_BACKWARD_INPUT;
    range->flop += is_product ? 2 * batch * inputs * outputs : 0;
    range->bytes +=
        sizeof(cl_float) * (batch * (inputs + outputs) + (is_product ? inputs * outputs : 0));
}

static int launch_rows(fm_chain *chain, cl_mem list, size_t begin, size_t count, size_t span,
                       size_t columns, size_t column_groups, fm_error *error) {
    /* What no operation of the list looks at is given as some buffer. */
    cl_mem arena = chain->arena->buffer;
    cl_mem images = chain->samples ? chain->samples->images : arena;
    cl_mem labels = chain->samples && chain->samples->labels ? chain->samples->labels : arena;
    cl_mem order = chain->samples ? chain->samples->order : arena;
    cl_mem losses = chain->outcomes ? chain->outcomes->losses : arena;
    cl_mem winners = chain->outcomes ? chain->outcomes->classes : arena;
    cl_int stride = (cl_int)chain->scratch_stride, from = (cl_int)begin, length = (cl_int)count;
    cl_int first = (cl_int)chain->first, rows = (cl_int)chain->rows, row_count = (cl_int)span;
    cl_int column_count = (cl_int)columns;
    const fm_cl_argument arguments[] = {
        FM_CL_ARGUMENT(arena),  FM_CL_ARGUMENT(chain->scratch), FM_CL_ARGUMENT(stride),
        FM_CL_ARGUMENT(images), FM_CL_ARGUMENT(labels),         FM_CL_ARGUMENT(order),
        FM_CL_ARGUMENT(losses), FM_CL_ARGUMENT(winners),        FM_CL_ARGUMENT(list),
        FM_CL_ARGUMENT(from),   FM_CL_ARGUMENT(length),         FM_CL_ARGUMENT(first),
        FM_CL_ARGUMENT(rows),   FM_CL_ARGUMENT(row_count),      FM_CL_ARGUMENT(column_count),
    };
    fm_cl_range range = alone(fm_groups(chain->rows, span), column_groups);
    for (size_t i = begin; i < begin + count; i++)
        count_row_op(&range, &chain->row[i], chain->rows);
    return fm_cl_launch(chain->context, chain->rows_kernel, arguments, COUNT(arguments), range,
                        error);
}

/* Whether the rows are enough, or the weights few enough, to go through all layers at once. */
static int goes_by_rows(const fm_chain *chain) {
    size_t weights = 0;
    for (size_t i = 0; i < chain->row_count; i++) {
        const fm_row_op *op = &chain->row[i];
        if (op->kind == FM_ROW_FORWARD || op->kind == FM_ROW_BACKWARD_INPUT)
            weights += (size_t)op->inputs * (size_t)op->outputs;
    }
    return chain->rows >= chain->context->compute_units || weights <= LONE_WEIGHTS;
}

static int flush_rows(fm_chain *chain, fm_error *error) {
    cl_mem list = NULL;
    size_t count = chain->row_count;
    if (!count)
        return FM_OK;
    int status = place_list(&list, chain, chain->row, count * sizeof *chain->row, error);
    if (!status && goes_by_rows(chain)) {
        status = launch_rows(chain, list, 0, count, row_span(chain), MOST_COLUMNS, 1, error);
    } else {
        for (size_t i = 0; !status && i < count; i++) {
            const fm_row_op *op = &chain->row[i];
            size_t columns = column_span(chain, op);
            size_t width = (size_t)(op->kind == FM_ROW_FORWARD ? op->outputs : op->inputs);
            status = launch_rows(chain, list, i, 1, row_span(chain), columns,
                                 columns == MOST_COLUMNS ? 1 : fm_groups(width, columns), error);
        }
    }
    chain->row_count = 0;
    return status;
}

/* ---- Along the parameters ---- */

/* How many of `count` steps along an axis a group takes, when there are `others` along the other
 * axis. */
static size_t span_of(const fm_chain *chain, size_t count, size_t others) {
    size_t span = count * others / group_count(chain, chain->choices->groups);
    return span < 1 ? 1 : span > count ? count : span;
}

/* Gives the operations their groups, one operation after the other; returns how many in all. */
static size_t divide_updates(fm_chain *chain) {
    const size_t together = (size_t)chain->choices->lines * FM_PANEL;
    size_t groups = 0;
    for (size_t i = 0; i < chain->update_count; i++) {
        fm_update_op *op = &chain->update[i];
        size_t inputs = (size_t)op->inputs + 1;
        size_t panels = fm_groups((size_t)op->outputs, FM_PANEL);
        size_t tiles = fm_groups(inputs, together), span, along, across;
        if (op->inputs == 0) { /* a slope, and its shares */
            span = along = 1;
            across = 0;
        } else if (chain->rows <= FM_THIN_ROWS) {
            span = span_of(chain, inputs, panels);
            along = fm_groups(inputs, span);
            across = panels;
        } else {
            span = span_of(chain, panels, tiles);
            along = tiles;
            across = fm_groups(panels, span);
        }
        op->group = (cl_int)groups;
        op->span = (cl_int)span;
        op->across = (cl_int)across;
        groups += across ? along * across : 1;
    }
    return groups;
}

/* For the profile: the products; the matrices once, and weights and two moments in and out. */
static void count_update_op(fm_cl_range *range, const fm_update_op *op, size_t rows) {
    double batch = (double)rows, inputs = op->inputs + 1.0, outputs = op->outputs;
    range->flop += 2 * batch * inputs * outputs;
    range->bytes += sizeof(cl_float) * (batch * (inputs + outputs) + 6 * inputs * outputs);
}

static int flush_updates(fm_chain *chain, fm_error *error) {
    cl_mem list = NULL;
    if (!chain->update_count)
        return FM_OK;
    size_t groups = divide_updates(chain);
    int status =
        place_list(&list, chain, chain->update, chain->update_count * sizeof *chain->update, error);
    cl_int count = (cl_int)chain->update_count, rows = (cl_int)chain->rows;
    const fm_cl_argument arguments[] = {
        FM_CL_ARGUMENT(chain->arena->buffer),
        FM_CL_ARGUMENT(list),
        FM_CL_ARGUMENT(count),
        FM_CL_ARGUMENT(rows),
        FM_CL_ARGUMENT(chain->rule),
    };
    fm_cl_range range = alone(groups, 1);
    for (size_t i = 0; i < chain->update_count; i++)
        count_update_op(&range, &chain->update[i], chain->rows);
    if (!status)
        status = fm_cl_launch(chain->context, chain->updates_kernel, arguments, COUNT(arguments),
                              range, error);
    chain->update_count = 0;
    return status;
}

int fm_chain_flush(fm_chain *chain, fm_error *error) {
    int status = FM_OK;
    if (chain->row_count || chain->update_count) {
        status = fm_arena_prepare(chain->arena, chain->context, error);
        if (!status)
            status = prepare_scratch(chain, error);
    }
    if (!status)
        status = flush_rows(chain, error);
    if (!status)
        status = flush_updates(chain, error);
    chain->row_count = chain->update_count = 0;
    chain->samples = NULL;
    chain->outcomes = NULL;
    return status;
}

/* ---- Taking operations in ---- */

/* The updates run after all rows: an operation along the rows must not read parameters that wait
 * for theirs, nor write what they will read. */
static int disturbs_updates(const fm_chain *chain, const fm_row_op *op) {
    for (size_t i = 0; i < chain->update_count; i++) {
        const fm_update_op *u = &chain->update[i];
        if (op->parameters == u->parameters || op->slope == u->parameters || op->x == u->x ||
            op->x == u->dy || op->y == u->x || op->y == u->dy ||
            (op->kind == FM_ROW_FORWARD && op->aside >= 0 &&
             (op->aside == u->x || op->aside == u->dy)))
            return 1;
    }
    return 0;
}

int fm_chain_add_row(fm_chain *chain, const fm_row_op *op, size_t rows, size_t first,
                     const opencl_samples *samples, const opencl_outcomes *outcomes,
                     fm_error *error) {
    int other_batch =
        samples && chain->samples && (samples != chain->samples || first != chain->first);
    int other_outcomes = outcomes && chain->outcomes && outcomes != chain->outcomes;
    int busy = chain->row_count || chain->update_count;
    if ((busy && rows != chain->rows) || other_batch || other_outcomes ||
        chain->row_count == FM_CHAIN_OPS || disturbs_updates(chain, op)) {
        int status = fm_chain_flush(chain, error);
        if (status)
            return status;
    }
    chain->rows = rows;
    if (samples) {
        chain->samples = samples;
        chain->first = first;
    }
    if (outcomes)
        chain->outcomes = outcomes;
    chain->row[chain->row_count++] = *op;
    return FM_OK;
}

int fm_chain_add_update(fm_chain *chain, const fm_update_op *op, const fm_update *rule, size_t rows,
                        fm_error *error) {
    int busy = chain->row_count || chain->update_count, twice = 0;
    for (size_t i = 0; i < chain->update_count; i++)
        twice |= chain->update[i].parameters == op->parameters;
    if ((busy && rows != chain->rows) || chain->update_count == FM_CHAIN_OPS || twice ||
        (chain->update_count && memcmp(rule, &chain->rule, sizeof *rule) != 0)) {
        int status = fm_chain_flush(chain, error);
        if (status)
            return status;
    }
    chain->rows = rows;
    chain->rule = *rule;
    chain->update[chain->update_count++] = *op;
    return FM_OK;
}
