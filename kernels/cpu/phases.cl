/* The operations of a batch on a CPU, in two launches: what goes along the rows of the batch, and
 * what goes along the parameters. Each launch waits for the one before it, which on a CPU takes as
 * long as many a layer; so the host (src/ops/chain.c) collects operations and launches lists.
 *
 *   chain_rows       rows:     o-------------o  a work-item takes `span` rows through the whole list:
 *                    axis 0    | gather      |  a row never needs another one. Axis 1: spans of
 *                              | forward ... |  columns, when a list of one operation has fewer rows
 *                              | loss        |  than there are compute units
 *                              | backward ...|
 *                              o-------------o
 *
 *   chain_updates    the layers' parameters, one list entry each, their tiles one after the other
 *                    along axis 0: each gradient with its update
 *
 * Everything lies in one buffer, the arena; places are counted in floats from its start, and -1 is
 * none. Both structs stand in src/ops/chain.h too. */
#define ALONE __attribute__((reqd_work_group_size(1, 1, 1)))

typedef struct {
    int kind; /* FM_ROW_* */
    int x, x_stride;
    int y, y_stride;
    int aside; /* forward: where z is kept; backward input: the output of the layer below */
    int parameters, slope;
    int inputs, outputs;
    int variant; /* the activation or the loss */
    int sparse;  /* half of x is zeros, or more: pixels, or what a ReLU let pass */
} row_op;

typedef struct {
    int group;  /* the first of its groups */
    int across; /* so many of them lie along the panels; 0: a slope, whose shares are in x */
    int span;   /* panels of a group; of a thin batch, inputs */
    int x, x_stride;
    int dy, dy_stride;
    int parameters, size;
    int inputs, outputs;
    int sparse;
} update_op;

void forward_op(__global float *arena, row_op op, int row, int end, int thin, int from, int to) {
    forward_t f = {op.variant,  op.aside >= 0, op.inputs, op.outputs,
                   op.x_stride, op.y_stride,   op.slope >= 0 ? arena[op.slope] : 0.0f};
    __global float *y = arena + op.y + (size_t)row * op.y_stride;
    __global float *z = op.aside >= 0 ? arena + op.aside + (size_t)row * op.y_stride : y;
    __global const float *x = arena + op.x + (size_t)row * op.x_stride;
    __global const vector *w = (__global const vector *)(arena + op.parameters);
    int first = from / PANEL, last = min(to / PANEL, (op.outputs + PANEL - 1) / PANEL);
    if (thin)
        forward_thin_rows(y, z, x, w, end - row, first, last, f);
    else
        forward_rows(y, z, x, w, end - row, first, last, op.sparse, f);
}

/* x is dx here and y is dy: what the layer's x and y are forward. */
void backward_input_op(__global float *arena, __global float *scratch, int scratch_stride,
                       row_op op, int row, int end, int thin, int from, int to) {
    backward_t b = {op.variant, op.inputs, op.outputs, op.x_stride, op.y_stride};
    __global const float *w = arena + op.parameters;
    int below = op.aside >= 0 ? op.aside : op.x;
    to = min(to, op.inputs);
    for (int step; row < end; row += step) {
        __global float *dx = arena + op.x + (size_t)row * op.x_stride;
        __global const float *y = arena + below + (size_t)row * op.x_stride;
        __global const float *dy = arena + op.y + (size_t)row * op.y_stride;
        if (thin) {
            step = 1;
            backward_input_row(dx, dy, w, y, from, to, b);
        } else {
            __global float *turned = scratch + (size_t)row * scratch_stride;
            step = min(BLOCKS * PANEL, end - row);
            for (int r = 0; r < step; r += PANEL)
                turn_rows(turned + (size_t)r * scratch_stride, dy + (size_t)r * op.y_stride,
                          op.outputs, op.y_stride);
            backward_rows(dx, turned, PANEL * scratch_stride, w, y, from, to, step, b);
        }
    }
}

/* Images lie wherever the order finds them: nothing else would ask for them ahead. */
void fetch_image(__global const uchar *image, int pixels) {
    for (int p = 0; p < pixels; p += 64)
        FETCH(image + p);
}

__kernel ALONE void chain_rows(__global float *arena, __global float *scratch, int scratch_stride,
                               __global const uchar *images, __global const uchar *labels,
                               __global const uint *order, __global float *losses,
                               __global uchar *winners, __global const row_op *list, int first_op,
                               int count, int first, int rows, int span, int columns) {
    int begin = get_group_id(0) * span, end = min(begin + span, rows);
    int from = get_group_id(1) * columns, to = from + columns;
    int thin = rows <= THIN_ROWS;
    list += first_op;
    for (int i = 0; i < count; i++) {
        row_op op = list[i];
        if (op.kind == FM_ROW_FORWARD) {
            forward_op(arena, op, begin, end, thin, from, to);
        } else if (op.kind == FM_ROW_BACKWARD_INPUT) {
            backward_input_op(arena, scratch, scratch_stride, op, begin, end, thin, from, to);
        } else {
            for (int row = begin; row < end; row++) {
                __global float *x = arena + op.x + (size_t)row * op.x_stride;
                __global float *y = arena + op.y + (size_t)row * op.y_stride;
                int at = first + row;
                if (op.kind == FM_ROW_GATHER) {
                    if (row + 2 < end)
                        fetch_image(images + (size_t)order[at + 2] * op.inputs, op.inputs);
                    gather_row(x, images + (size_t)order[at] * op.inputs, 0, op.inputs);
                } else if (op.kind == FM_ROW_LOSS)
                    loss_row(op.y >= 0 ? y : x, losses + at, winners + at, x, labels[order[at]],
                             op.variant, op.y >= 0 ? 1.0f / rows : 0.0f, op.outputs);
                else /* FM_ROW_PRELU: the share stays in z, which nobody needs any more */
                    x[0] = prelu_row(y, x, arena[op.slope], op.outputs);
            }
        }
    }
}

__kernel ALONE void chain_updates(__global float *arena, __global const update_op *list, int count,
                                  int rows, update_t u) {
    int group = get_group_id(0), i = 0;
    while (i + 1 < count && list[i + 1].group <= group)
        i++;
    update_op op = list[i];
    gradient_t s = {op.inputs, op.x_stride, op.dy_stride, rows, op.sparse, op.size};
    __global float *parameters = arena + op.parameters;
    __global const float *x = arena + op.x, *dy = arena + op.dy;
    group -= op.group;
    if (op.across == 0) {
        float gradient = 0.0f;
        for (int row = 0; row < rows; row++)
            gradient += x[(size_t)row * op.x_stride];
        update_one(parameters, op.size, gradient, u);
    } else if (rows <= THIN_ROWS) {
        int from = group / op.across * op.span;
        parameters_stripe(parameters, x, dy, from, min(from + op.span, op.inputs + 1),
                          group % op.across, s, u);
    } else {
        int from = group % op.across * op.span;
        parameters_tiles(parameters, x, dy, group / op.across * LINES * PANEL, from,
                         min(from + op.span, (op.outputs + PANEL - 1) / PANEL), s, u);
    }
}
