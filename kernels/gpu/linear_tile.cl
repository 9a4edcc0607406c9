/* The linear layer on a GPU: a work-group computes a TILE x TILE tile of a matrix product. It copies
 * slices of both factors, DEPTH deep, into local memory, where each value is read TILE times; each
 * work-item keeps WORK x WORK sums in registers.
 *
 *                    j: axis 0                    A slice of the sum in local memory:
 *                   o---------o                     a[l][i]  i < TILE, l < DEPTH
 *                   |    B    |  l                  b[l][j]  j < TILE
 *                   o---------o
 *        o-------o  o---------o                   A work-group has SIDE x (TEAMS * SIDE)
 *  i:    |   A   |  |  tile   |  TILE             work-items, SIDE = TILE / WORK.
 *  axis 1|       |  |         |
 *        o-------o  o---------o
 *            l         TILE
 *
 *   kernel                        i        j         l
 *   linear_forward and variants   row      output    input     y = activation(x W^T + b)
 *   linear_backward_input         row      input     output    dx = (dy W) * activation'(z), where x = activation(z)
 *   linear_backward_parameters    input    output    row       gradient of W and b; update
 *
 * Shapes (gpu/arguments.h has the names), strides multiples of 4, zeros between the last column and
 * the next row:
 *
 *   x, dx        [rows][x_stride], inputs columns in use
 *   y, dy, z     [rows][y_stride], outputs columns in use
 *   parameters   [1 + slots][inputs + 1][stride], outputs columns in use; the bias is the last row
 *                of a slot; gradient is one slot
 *   images       uchar [count][inputs]
 *   order        [count]: index of an image in images, and its label
 *   outcomes     [count]: loss and prediction of the image at this position of the order
 *
 * A training batch makes few tiles: 32 in the first layer of the base network. So each tile has
 * TEAMS times SIDE x SIDE work-items, and team t takes every l with l % TEAMS == t; in the end the
 * teams' sums are added in order. The next slice is read while the current one is multiplied.
 *
 * A launch costs as much time as a small layer. So linear_forward_images includes the gather,
 * linear_forward_loss includes the loss, and linear_backward_parameters computes the gradients of
 * several layers (src/backend/gpu/gpu_plan.c). */
#include "common/activation.cl"
#include "common/loss.cl"
#include "common/prelu.cl"
#include "common/update.cl"
#include "gpu/arguments.h"

#ifndef TILE
#define TILE 32 /* side of a work-group's tile of the output */
#endif
#ifndef DEPTH
#define DEPTH 32 /* of a slice; a multiple of 8 */
#endif
#ifndef WORK
#define WORK 4 /* side of a work-item's part; a team has TILE / WORK items along each axis */
#endif
#ifndef TEAMS
#define TEAMS 4
#endif

#define SIDE   (TILE / WORK)
#define ITEMS  (TEAMS * SIDE * SIDE)
#define GROUP  __attribute__((reqd_work_group_size(SIDE, TEAMS * SIDE, 1)))
#define UNROLL _Pragma("unroll")
/* Floats per row of a slice. The padding keeps vectors aligned and avoids most bank conflicts between
 * neighbours that write a column. */
#define ROW     (TILE + (WORK > 4 ? WORK : 4))
#define SLICE   (DEPTH * ROW)
#define VECTORS (DEPTH * TILE / 4)              /* of a slice */
#define CARRIED ((VECTORS + ITEMS - 1) / ITEMS) /* of them, by a work-item */
/* Floats of a team's sums of every WORK-th row, which reuse the memory of the slices. */
#define PART   (SIDE * TILE)
#define SHARED (2 * SLICE > TEAMS * PART ? 2 * SLICE : TEAMS * PART)

#define JOIN_(a, b) a##b
#define JOIN(a, b)  JOIN_(a, b)
#define vector      JOIN(float, WORK)

/* A factor of the product. */
typedef struct {
    __global float *at; /* [rows][stride], cols in use */
    int rows, cols, stride;
    int deep;        /* the sum runs along its rows */
    int ones;        /* number of an additional column of ones, the bias's input; or -1 */
    int is_gathered; /* row i is image order[i].s0, and must be written to `at` */
    __global const uchar *images;
    __global const uint2 *order;
} factor;

factor factor_of(__global const float *at, int rows, int cols, int stride, int deep) {
    factor f = {(__global float *)at, rows, cols, stride, deep, -1, 0, 0, 0};
    return f;
}

/* Four pixels, converted as in common/gather.cl; zeros after the last one. */
float4 read_pixels(factor f, int row, int col) {
    __global const uchar *pixel = f.images + (size_t)f.order[row].s0 * f.cols + col;
    int left = f.cols - col;
    uchar4 four = left >= 4
                      ? vload4(0, pixel)
                      : (uchar4)(pixel[0], left > 1 ? pixel[1] : 0, left > 2 ? pixel[2] : 0, 0);
    return convert_float4(four) / 255.0f;
}

float4 read_four(factor f, int row, int col) {
    float4 four = 0.0f;
    if (row < f.rows && col < f.cols)
        four = f.is_gathered ? read_pixels(f, row, col)
                             : *(__global const float4 *)(f.at + (size_t)row * f.stride + col);
    if (f.ones >= 0)
        four = select(four, (float4)(1.0f), (int4)(col, col + 1, col + 2, col + 3) == f.ones);
    return four;
}

/* In a deep factor, two neighbouring work-items read 32 bytes of one row, and the next two of the next
 * row, so they read whole sectors and write to the slice without bank conflicts. */
int deep_row(int v) {
    return v / 2 % TILE;
}

int deep_column(int v) {
    return 8 * (v / (2 * TILE)) + 4 * (v % 2);
}

/* Reads the slice at l0 of the tile at t0 into registers. */
void fetch(float4 *carried, factor f, int t0, int l0, int item) {
    UNROLL for (int c = 0; c < CARRIED; c++) {
        int v = item + c * ITEMS;
        if (v < VECTORS)
            carried[c] = f.deep ? read_four(f, t0 + deep_row(v), l0 + deep_column(v))
                                : read_four(f, l0 + v / (TILE / 4), t0 + v % (TILE / 4) * 4);
    }
}

/* Writes the fetched values of a gathered factor (always deep) to its memory. */
void write_gathered(const float4 *carried, factor f, int t0, int l0, int item) {
    UNROLL for (int c = 0; c < CARRIED; c++) {
        int v = item + c * ITEMS, row = t0 + deep_row(v), col = l0 + deep_column(v);
        if (v < VECTORS && row < f.rows && col < f.cols)
            *(__global float4 *)(f.at + (size_t)row * f.stride + col) = carried[c];
    }
}

/* Writes the fetched values to a slice in local memory. */
void put(__local float *slice, const float4 *carried, factor f, int item) {
    UNROLL for (int c = 0; c < CARRIED; c++) {
        int v = item + c * ITEMS;
        if (v < VECTORS && f.deep) {
            __local float *to = slice + deep_column(v) * ROW + deep_row(v);
            to[0] = carried[c].s0;
            to[ROW] = carried[c].s1;
            to[2 * ROW] = carried[c].s2;
            to[3 * ROW] = carried[c].s3;
        } else if (v < VECTORS) {
            *(__local float4 *)(slice + v / (TILE / 4) * ROW + v % (TILE / 4) * 4) = carried[c];
        }
    }
}

/* Computes this team's part of a work-item's sums, which have `length` terms, of the tile at (i0, j0). */
void multiply(vector *sum, __local float *shared, factor a, factor b, int length, int i0, int j0) {
    const int column = get_local_id(0), row = get_local_id(1) % SIDE, team = get_local_id(1) / SIDE;
    const int item = get_local_id(1) * SIDE + column;
    float4 carried_a[CARRIED], carried_b[CARRIED];
    UNROLL for (int p = 0; p < WORK; p++)
        sum[p] = 0.0f;
    fetch(carried_a, a, i0, 0, item);
    fetch(carried_b, b, j0, 0, item);
    for (int l0 = 0; l0 < length; l0 += DEPTH) {
        put(shared, carried_a, a, item);
        if (a.is_gathered && j0 == 0)
            write_gathered(carried_a, a, i0, l0, item);
        put(shared + SLICE, carried_b, b, item);
        barrier(CLK_LOCAL_MEM_FENCE);
        if (l0 + DEPTH < length) {
            fetch(carried_a, a, i0, l0 + DEPTH, item);
            fetch(carried_b, b, j0, l0 + DEPTH, item);
        }
        UNROLL for (int l = 0; l < DEPTH; l += TEAMS) {
            __local const float *at = shared + (l + team) * ROW;
            vector right = *(__local const vector *)(at + SLICE + column * WORK);
            float left[WORK] __attribute__((aligned(32)));
            *(vector *)left = *(__local const vector *)(at + row * WORK);
            /* Not fma(): without an instruction for it, a driver calls a function, which is seven times
             * as slow. The compiler fuses a product and a sum if the hardware can. */
            UNROLL for (int p = 0; p < WORK; p++)
                sum[p] += left[p] * right;
        }
        /* No work-item may fill the slices again while another still reads them. */
        barrier(CLK_LOCAL_MEM_FENCE);
    }
}

/* Writes the teams' sums of one row of every work-item's part to local memory. Returns the number of
 * the first element that this work-item finishes; its other elements follow, ITEMS apart. */
int lay_out(__local float *shared, vector sums) {
    const int column = get_local_id(0), row = get_local_id(1) % SIDE, team = get_local_id(1) / SIDE;
    barrier(CLK_LOCAL_MEM_FENCE);
    *(__local vector *)(shared + team * PART + row * TILE + column * WORK) = sums;
    barrier(CLK_LOCAL_MEM_FENCE);
    return get_local_id(1) * SIDE + column;
}

/* Element e: the teams' sums, added in order. */
float total(__local const float *shared, int e) {
    float sum = shared[e];
    UNROLL for (int team = 1; team < TEAMS; team++)
        sum += shared[team * PART + e];
    return sum;
}

#define ALIGNED __attribute__((aligned(64)))

/* Row and column in the tile of element e of the rows p, WORK + p, 2 * WORK + p ... */
int row_of(int e, int p) {
    return e / TILE * WORK + p;
}

int col_of(int e) {
    return e % TILE;
}

/* ---- Forward ---- */

/* The tile of y, and of z if there is one, at (i0, j0). */
void forward_tile(__local float *shared, __global float *arena, factor x, fm_gpu_op op, int i0,
                  int j0) {
    vector sum[WORK];
    __global const float *parameters = arena + op.parameters;
    __global const float *bias = parameters + (size_t)op.inputs * op.stride;
    const float slope = op.slope >= 0 ? arena[op.slope] : 0.0f;
    multiply(sum, shared, x, factor_of(parameters, op.inputs, op.outputs, op.stride, 0), op.inputs,
             i0, j0);
    UNROLL for (int p = 0; p < WORK; p++) {
        for (int e = lay_out(shared, sum[p]); e < PART; e += ITEMS) {
            const int i = i0 + row_of(e, p), j = j0 + col_of(e);
            if (i >= x.rows || j >= op.outputs)
                continue;
            const size_t at = (size_t)i * op.y_stride + j;
            const float value = total(shared, e) + bias[j];
            if (op.z >= 0)
                arena[op.z + at] = value;
            arena[op.y + at] = activate(value, op.activation, slope);
        }
    }
}

__kernel GROUP void linear_forward(__global float *arena, fm_gpu_arguments args) {
    __local float shared[SHARED] ALIGNED;
    const fm_gpu_op op = args.op;
    forward_tile(shared, arena,
                 factor_of(arena + op.x, args.step.rows, op.inputs, op.x_stride, 1), op,
                 get_group_id(1) * TILE, get_group_id(0) * TILE);
}

/* gather and linear_forward: reads x from the images, and writes it for the parameters' gradient. */
__kernel GROUP void linear_forward_images(__global float *arena, __global const uchar *images,
                                          __global const uint2 *order, fm_gpu_arguments args) {
    __local float shared[SHARED] ALIGNED;
    const fm_gpu_op op = args.op;
    factor x = factor_of(arena + op.x, args.step.rows, op.inputs, op.x_stride, 1);
    x.is_gathered = 1;
    x.images = images;
    x.order = order + args.step.first;
    forward_tile(shared, arena, x, op, get_group_id(1) * TILE, get_group_id(0) * TILE);
}

/* linear_forward and loss: op.dy is the gradient of the mean loss, or none. There are at
 * most TILE outputs, so a work-group has whole rows of y, and each work-item takes a row. */
__kernel GROUP void linear_forward_loss(__global float *arena, __global const uchar *images,
                                        __global const uint2 *order, __global float2 *outcomes,
                                        fm_gpu_arguments args) {
    __local float shared[SHARED] ALIGNED;
    const fm_gpu_op op = args.op;
    const int rows = args.step.rows, i0 = get_group_id(1) * TILE;
    forward_tile(shared, arena, factor_of(arena + op.x, rows, op.inputs, op.x_stride, 1), op, i0,
                 0);
    barrier(CLK_GLOBAL_MEM_FENCE);
    for (int i = i0 + get_local_id(1) * SIDE + get_local_id(0); i < min(i0 + TILE, rows);
         i += ITEMS) {
        const int position = args.step.first + i;
        const size_t row = (size_t)i * op.y_stride;
        outcomes[position] =
            loss_row(arena + (op.dy >= 0 ? op.dy : op.y) + row, arena + op.y + row,
                     order[position].s1, op.loss, op.dy >= 0 ? args.scale : 0.0f, op.outputs);
    }
}

/* ---- Backward ---- */

/* op.x is the output of the activation whose derivative is a factor; -1 without an activation. */
__kernel GROUP void linear_backward_input(__global float *arena, fm_gpu_arguments args) {
    __local float shared[SHARED] ALIGNED;
    vector sum[WORK];
    const fm_gpu_op op = args.op;
    const int rows = args.step.rows;
    const int i0 = get_group_id(1) * TILE, j0 = get_group_id(0) * TILE;
    multiply(sum, shared, factor_of(arena + op.dy, rows, op.outputs, op.y_stride, 1),
             factor_of(arena + op.parameters, op.inputs, op.outputs, op.stride, 1), op.outputs, i0,
             j0);
    UNROLL for (int p = 0; p < WORK; p++) {
        for (int e = lay_out(shared, sum[p]); e < PART; e += ITEMS) {
            const int i = i0 + row_of(e, p), j = j0 + col_of(e);
            if (i >= rows || j >= op.inputs)
                continue;
            const size_t at = (size_t)i * op.x_stride + j;
            arena[op.dx + at] = activation_backward(
                total(shared, e), op.x >= 0 ? arena[op.x + at] : 0.0f, op.activation);
        }
    }
}

/* Computes the tile at (i0, j0) of the gradient (x 1)^T dy: after the last input comes the bias, whose
 * input is always 1. Stores it, or updates the parameters with it. */
void parameters_tile(__local float *shared, __global float *arena, fm_gpu_op op, int rows,
                     fm_update u, int i0, int j0) {
    vector sum[WORK];
    factor x = factor_of(arena + op.x, rows, op.inputs, op.x_stride, 0);
    __global float *target = arena + (op.gradient >= 0 ? op.gradient : op.parameters);
    x.ones = op.inputs;
    multiply(sum, shared, x, factor_of(arena + op.dy, rows, op.outputs, op.y_stride, 0), rows, i0,
             j0);
    UNROLL for (int p = 0; p < WORK; p++) {
        for (int e = lay_out(shared, sum[p]); e < PART; e += ITEMS) {
            const int i = i0 + row_of(e, p), j = j0 + col_of(e);
            if (i <= op.inputs && j < op.outputs)
                update(target + (size_t)i * op.stride + j, op.size, total(shared, e), u);
        }
    }
}

/* Computes the gradients of a list of operations. An operation's work-groups start at op.group, with
 * op.across of them along its outputs. An operation with a share is a slope's: it has one work-group,
 * of which one work-item adds the rows' shares. */
__kernel GROUP void linear_backward_parameters(__global float *arena, fm_gpu_arguments args) {
    __local float shared[SHARED] ALIGNED;
    __global const fm_gpu_op *list = (__global const fm_gpu_op *)(arena + args.list);
    const int group = get_group_id(0), rows = args.step.rows;
    int number = 0;
    for (int n = 1; n < args.count; n++)
        number = group >= list[n].group ? n : number;
    const fm_gpu_op op = list[number];
    fm_update u = args.step.update;
    if (op.gradient >= 0)
        u.rule = FM_UPDATE_STORE;
    if (op.share < 0)
        parameters_tile(shared, arena, op, rows, u, (group - op.group) / op.across * TILE,
                        (group - op.group) % op.across * TILE);
    else if (get_local_id(0) + get_local_id(1) == 0)
        update(arena + (op.gradient >= 0 ? op.gradient : op.parameters), op.size,
               prelu_slope(arena + op.share, op.share_stride, rows), u);
}
