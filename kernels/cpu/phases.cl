/* The operations of a batch on a CPU. Between two launches all work-items wait for the slowest one,
 * which can take as long as a layer. So the host (src/backend/cpu/cpu_plan.c) cuts a graph into phases
 * whose work is divided in the same way, and each phase is one launch with a work-group size of 1: a
 * work-item runs a list of operations and needs no results of other work-items.
 *
 *   batch phase        rows:     o-------------o  divided by rows: a work-item takes `span` rows and
 *                      axis 0    | gather      |  all columns through the whole list; divided by
 *                                | forward ... |  columns: all rows and `columns` columns
 *                      columns:  | loss        |  (only if no operation reads other columns that the
 *                      axis 1    | backward ...|  phase writes)
 *                                o-------------o
 *
 *   parameters phase   each gradient with its update; along axis 0, the work-groups of one operation
 *                      follow those of the operation before
 *
 * All tensors and the lists lie in the arena (cpu/plan.h). */
#include "common/gather.cl"
#include "common/loss.cl"
#include "common/prelu.cl"
#include "cpu/dropout.cl"
#include "cpu/linear_backward_input.cl"
#include "cpu/linear_backward_parameters.cl"
#include "cpu/linear_forward.cl"
#include "cpu/plan.h"

#define SINGLE_ITEM __attribute__((reqd_work_group_size(1, 1, 1)))

/* The part of the batch that a work-item computes: rows [begin, end) and columns [from, to). */
typedef struct {
    int begin, end, from, to;
    int is_thin;
    int scratch; /* offset of its transposed rows */
} part_t;

/* A row of the batch tensor at `offset`; NULL if there is none. */
__global float *row_of(__global float *arena, int offset, int row, int stride) {
    return offset >= 0 ? arena + offset + (size_t)row * stride : 0;
}

void forward(__global float *arena, const fm_cpu_op *op, const part_t *part) {
    const int keeps_z = op->operand[1] >= 0;
    const forward_t f = {op->kind,     keeps_z,      op->inputs, op->outputs,
                         op->x_stride, op->y_stride, op->operand[4] >= 0 ? arena[op->operand[4]] : 0.0f};
    __global const vector *w = (__global const vector *)(arena + op->operand[3]);
    const int first = part->from / PANEL;
    const int last = min(part->to / PANEL, (op->outputs + PANEL - 1) / PANEL);
    for (int row = part->begin; row < part->end; row += MOST_ROWS) {
        const int rows = min(MOST_ROWS, part->end - row);
        __global float *y = row_of(arena, op->operand[0], row, op->y_stride);
        __global float *z = keeps_z ? row_of(arena, op->operand[1], row, op->y_stride) : y;
        __global const float *x = row_of(arena, op->operand[2], row, op->x_stride);
        if (part->is_thin)
            forward_thin_rows(y, z, x, w, rows, first, last, f);
        else
            forward_rows(y, z, x, w, rows, first, last, op->sparse, f);
    }
}

void backward_input(__global float *arena, int scratch_stride, const fm_cpu_op *op,
                    const part_t *part) {
    const backward_t b = {op->kind, op->inputs, op->outputs, op->x_stride, op->y_stride};
    __global const float *w = arena + op->operand[2];
    const int x_offset = op->operand[3] >= 0 ? op->operand[3] : op->operand[0];
    const int to = min(part->to, op->inputs);
    for (int row = part->begin, step; row < part->end; row += step) {
        __global float *dx = row_of(arena, op->operand[0], row, op->x_stride);
        __global const float *dy = row_of(arena, op->operand[1], row, op->y_stride);
        __global const float *x = row_of(arena, x_offset, row, op->x_stride);
        if (part->is_thin) {
            step = 1;
            backward_input_row(dx, dy, w, x, part->from, to, b);
        } else {
            __global float *transposed = arena + part->scratch;
            step = min(BLOCKS * PANEL, part->end - row);
            for (int r = 0; r < step; r += PANEL)
                transpose_rows(transposed + (size_t)r * scratch_stride,
                               dy + (size_t)r * op->y_stride, op->outputs, op->y_stride);
            backward_rows(dx, transposed, PANEL * scratch_stride, w, x, part->from, to, step, b);
        }
    }
}

void backward_activation(__global float *arena, const fm_cpu_op *op, const part_t *part) {
    const int to = min(part->to, (op->outputs + PANEL - 1) / PANEL * PANEL);
    for (int row = part->begin; row < part->end; row++) {
        __global float *dy = row_of(arena, op->operand[0], row, op->y_stride);
        __global const float *y = row_of(arena, op->operand[1], row, op->y_stride);
        for (int c = part->from; c < to; c += PANEL) {
            __global vector *gradient = (__global vector *)(dy + c);
            *gradient = activation_backward_vector(*gradient, *(__global const vector *)(y + c),
                                                   op->kind);
        }
    }
}

__global uchar *mask_of(__global float *arena, int offset, int row, const fm_cpu_op *op) {
    return (__global uchar *)(arena + offset) + (size_t)row * op->mask_stride;
}

void draw_mask(__global float *arena, __global const uint2 *order, const fm_step *step,
               const fm_cpu_op *op, const part_t *part) {
    for (int row = part->begin; row < part->end; row++)
        dropout_mask_row(mask_of(arena, op->operand[0], row, op), (op->outputs + 7) / 8,
                         order[row].x, op->layer, step, op->threshold);
}

/* y = dropout of x: forward into another tensor, backward in place. */
void apply_mask(__global float *arena, int y, int x, int mask, const fm_cpu_op *op,
                const part_t *part) {
    const int to = min(part->to, (op->outputs + PANEL - 1) / PANEL * PANEL);
    for (int row = part->begin; row < part->end; row++)
        dropout_row(row_of(arena, y, row, op->y_stride), row_of(arena, x, row, op->y_stride),
                    mask_of(arena, mask, row, op), part->from, to, op->scale);
}

/* Prefetches an image: images are in random order, which the processor cannot predict. */
void fetch_image(__global const uchar *image, int pixels) {
    for (int p = 0; p < pixels; p += 64)
        FETCH(image + p);
}

void gather(__global float *arena, __global const uchar *images, __global const uint2 *order,
            const fm_cpu_op *op, const part_t *part) {
    for (int row = part->begin; row < part->end; row++) {
        if (row + 2 < part->end)
            fetch_image(images + (size_t)order[row + 2].x * op->inputs, op->inputs);
        gather_row(row_of(arena, op->operand[0], row, op->x_stride),
                   images + (size_t)order[row].x * op->inputs, 0, op->inputs);
    }
}

void loss(__global float *arena, __global const uint2 *order, __global float2 *outcomes,
          int batch_rows, const fm_cpu_op *op, const part_t *part) {
    const float scale = op->operand[0] >= 0 ? 1.0f / batch_rows : 0.0f;
    for (int row = part->begin; row < part->end; row++)
        outcomes[row] = loss_row(row_of(arena, op->operand[0], row, op->y_stride),
                                 row_of(arena, op->operand[1], row, op->y_stride), order[row].y,
                                 op->kind, scale, op->outputs);
}

void backward_prelu(__global float *arena, int share_stride, const fm_cpu_op *op,
                    const part_t *part) {
    for (int row = part->begin; row < part->end; row++)
        *row_of(arena, op->operand[1], row, share_stride) =
            prelu_row(row_of(arena, op->operand[0], row, op->y_stride),
                      row_of(arena, op->operand[2], row, op->y_stride), arena[op->operand[3]],
                      op->outputs);
}

/* Floats from one row's share to the next: a batch of one column. */
#define SHARE_STRIDE 16

/* images [count][pixels]; order: image and label by position; outcomes: loss and prediction by
 * position. Axis 0: `span` rows each; axis 1: `columns` columns each. */
__kernel SINGLE_ITEM void batch_phase(__global float *arena, __global const uchar *images,
                                      __global const uint2 *order, __global float2 *outcomes,
                                      fm_cpu_launch launch) {
    __global const fm_cpu_op *list = (__global const fm_cpu_op *)(arena + launch.list);
    part_t part;
    part.begin = get_group_id(0) * launch.span;
    part.end = min(part.begin + launch.span, launch.step.rows);
    part.from = get_group_id(1) * launch.columns;
    part.to = part.from + launch.columns;
    part.is_thin = launch.step.rows <= THIN_ROWS;
    part.scratch = launch.scratch + (get_num_groups(1) > 1 ? (int)get_group_id(1) * MOST_ROWS
                                                           : part.begin) * launch.scratch_stride;
    order += launch.step.first;
    outcomes += launch.step.first;
    for (int i = 0; i < launch.count; i++) {
        const fm_cpu_op op = list[i];
        if (op.operation == FM_OP_LINEAR_FORWARD)
            forward(arena, &op, &part);
        else if (op.operation == FM_OP_LINEAR_BACKWARD_INPUT)
            backward_input(arena, launch.scratch_stride, &op, &part);
        else if (op.operation == FM_OP_GATHER)
            gather(arena, images, order, &op, &part);
        else if (op.operation == FM_OP_LOSS)
            loss(arena, order, outcomes, launch.step.batch_rows, &op, &part);
        else if (op.operation == FM_OP_DROPOUT_MASK)
            draw_mask(arena, order, &launch.step, &op, &part);
        else if (op.operation == FM_OP_DROPOUT_FORWARD)
            apply_mask(arena, op.operand[0], op.operand[1], op.operand[2], &op, &part);
        else if (op.operation == FM_OP_DROPOUT_BACKWARD)
            apply_mask(arena, op.operand[0], op.operand[0], op.operand[1], &op, &part);
        else if (op.operation == FM_OP_ACTIVATION_BACKWARD)
            backward_activation(arena, &op, &part);
        else if (op.operation == FM_OP_PRELU_BACKWARD)
            backward_prelu(arena, SHARE_STRIDE, &op, &part);
    }
}

void backward_parameters(__global float *arena, const fm_cpu_op *op, int group, int rows,
                         fm_update u) {
    const gradient_t s = {op->inputs, op->x_stride, op->y_stride, rows, op->sparse, op->size};
    __global float *target = arena + op->target;
    __global const float *x = arena + op->operand[1], *dy = arena + op->operand[2];
    if (rows <= THIN_ROWS) {
        int from = group / op->across * op->span;
        parameters_stripe(target, x, dy, from, min(from + op->span, op->inputs + 1),
                          group % op->across, s, u);
    } else {
        int from = group % op->across * op->span;
        parameters_tiles(target, x, dy, group / op->across * LINES * PANEL, from,
                         min(from + op->span, (op->outputs + PANEL - 1) / PANEL), s, u);
    }
}

void backward_slope(__global float *arena, const fm_cpu_op *op, int rows, fm_update u) {
    update(arena + op->target, op->size,
           prelu_slope(arena + op->operand[1], SHARE_STRIDE, rows), u);
}

/* The update with a stored gradient. */
void update_stored(__global float *arena, const fm_cpu_op *op, int group, fm_update u) {
    __global float *parameters = arena + op->target;
    __global const float *gradient = arena + op->operand[1];
    const int end = min((group + 1) * op->span * PANEL, op->size);
    for (int i = group * op->span * PANEL; i < end; i += PANEL)
        update_vector(parameters + i, op->size, *(__global const vector *)(gradient + i), u);
}

/* Axis 0: the work-groups of all operations; those of an operation start at its `group`. */
__kernel SINGLE_ITEM void parameters_phase(__global float *arena, fm_cpu_launch launch) {
    __global const fm_cpu_op *list = (__global const fm_cpu_op *)(arena + launch.list);
    int group = get_group_id(0), i = 0;
    while (i + 1 < launch.count && list[i + 1].group <= group)
        i++;
    const fm_cpu_op op = list[i];
    group -= op.group;
    if (op.is_stored)
        launch.step.update.rule = FM_UPDATE_STORE;
    if (op.operation == FM_OP_LINEAR_BACKWARD_PARAMETERS)
        backward_parameters(arena, &op, group, launch.step.rows, launch.step.update);
    else if (op.operation == FM_OP_PRELU_BACKWARD_SLOPE)
        backward_slope(arena, &op, launch.step.rows, launch.step.update);
    else
        update_stored(arena, &op, group, launch.step.update);
}
