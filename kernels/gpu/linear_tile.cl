/* The linear layer on a GPU: a work-group computes a TILE x TILE piece of the output. It takes
 * slices of both factors, DEPTH deep, into local memory, where each is read TILE times; each
 * work-item keeps WORK x WORK sums in registers.
 *
 *                    j: axis 0                    A slice of the sum:
 *                   o---------o                     a[l][i]  i < TILE, l < DEPTH
 *                   |    B    |  l                  b[l][j]  j < TILE
 *                   o---------o
 *        o-------o  o---------o                   Weights are [inputs + 1][stride], the bias as the
 *  i:    |   A   |  |  tile   |  TILE             last row; batches are rows [row][stride].
 *  axis 1|       |  |         |                   Strides are multiples of 4, and what lies between
 *        o-------o  o---------o                   the last column and the next row is zero.
 *            l         TILE
 *
 * The batches of this program make few tiles: 32 in the first layer of the base network. So each
 * tile has TEAMS times SIDE x SIDE work-items, and team t takes every l with l % TEAMS == t; in the
 * end the teams' sums are added in order. While a slice is multiplied the next one is on its way.
 *
 * A launch takes as long as a small layer, so what can be done beside a product is: the first layer
 * takes the pixels from the images, the last one goes on to the loss, and the gradients of some
 * layers' parameters are computed side by side. src/ops/linear_tile.c brings them together. */
#ifndef TILE
#define TILE 32 /* side of a group's piece of the output */
#endif
#ifndef DEPTH
#define DEPTH 32 /* of a slice, a multiple of 8 */
#endif
#ifndef WORK
#define WORK 4 /* side of a work-item's piece; TILE / WORK items of a team along each axis */
#endif
#ifndef TEAMS
#define TEAMS 4
#endif

#define SIDE     (TILE / WORK)
#define ITEMS    (TEAMS * SIDE * SIDE)
#define GROUP    __attribute__((reqd_work_group_size(SIDE, TEAMS *SIDE, 1)))
#define UNROLL   _Pragma("unroll")
/* Floats of a row of a slice: so many more that neighbours who write a column meet few of the same
 * banks, and that vectors stay aligned. */
#define ROW      (TILE + (WORK > 4 ? WORK : 4))
#define SLICE    (DEPTH * ROW)
#define VECTORS  (DEPTH * TILE / 4) /* of a slice */
#define CARRIED  ((VECTORS + ITEMS - 1) / ITEMS) /* of them, by a work-item */
/* Of the teams' sums of every WORK-th row; they take the slices' place. */
#define PART     (SIDE * TILE)
#define SHARED   (2 * SLICE > TEAMS * PART ? 2 * SLICE : TEAMS * PART)

#define JOIN_(a, b) a##b
#define JOIN(a, b)  JOIN_(a, b)
#define vector      JOIN(float, WORK)

/* A factor: rows x cols in memory, and whether the sum runs along its rows ("deep"). Beside the
 * inputs of a batch stands a column of ones, the bias's input, when `ones` is its number. With
 * `images`, it is still to be taken out of them, row i from image order[i], and laid down. */
typedef struct {
    __global float *at;
    int rows, cols, stride, deep, ones;
    int images;
    __global const uchar *image;
    __global const uint *order;
} factor;

factor factor_of(__global const float *at, int rows, int cols, int stride, int deep) {
    factor f = {(__global float *)at, rows, cols, stride, deep, -1, 0, 0, 0};
    return f;
}

/* As kernels/gather.cl converts them; zeros follow the last one. */
float4 read_pixels(factor f, int row, int col) {
    __global const uchar *pixel = f.image + (size_t)f.order[row] * f.cols + col;
    int left = f.cols - col;
    uchar4 four = left >= 4 ? vload4(0, pixel)
                            : (uchar4)(pixel[0], left > 1 ? pixel[1] : 0, left > 2 ? pixel[2] : 0, 0);
    return convert_float4(four) / 255.0f;
}

float4 read_four(factor f, int row, int col) {
    float4 four = 0.0f;
    if (row < f.rows && col < f.cols)
        four = f.images ? read_pixels(f, row, col)
                        : *(__global const float4 *)(f.at + (size_t)row * f.stride + col);
    if (f.ones >= 0)
        four = select(four, (float4)(1.0f), (int4)(col, col + 1, col + 2, col + 3) == f.ones);
    return four;
}

/* Of a deep factor two neighbours take 32 bytes of a row, and the next two of the next row: whole
 * sectors are read, and written to the slice without two work-items at one bank. */
int deep_row(int v) {
    return v / 2 % TILE;
}

int deep_column(int v) {
    return 8 * (v / (2 * TILE)) + 4 * (v % 2);
}

/* The slice from l0 on of the tile at t0, on its way. */
void fetch(float4 *carried, factor f, int t0, int l0, int item) {
    UNROLL for (int c = 0; c < CARRIED; c++) {
        int v = item + c * ITEMS;
        if (v < VECTORS)
            carried[c] = f.deep ? read_four(f, t0 + deep_row(v), l0 + deep_column(v))
                                : read_four(f, l0 + v / (TILE / 4), t0 + v % (TILE / 4) * 4);
    }
}

/* What was fetched of a deep factor, to where the factor is to be. */
void lay_down(const float4 *carried, factor f, int t0, int l0, int item) {
    UNROLL for (int c = 0; c < CARRIED; c++) {
        int v = item + c * ITEMS, row = t0 + deep_row(v), col = l0 + deep_column(v);
        if (v < VECTORS && row < f.rows && col < f.cols)
            *(__global float4 *)(f.at + (size_t)row * f.stride + col) = carried[c];
    }
}

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

/* This team's part of a work-item's sums, over `length`, for the tile at (i0, j0). */
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
        if (a.images && j0 == 0)
            lay_down(carried_a, a, i0, l0, item);
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
            /* Not fma(): without an instruction for it a driver calls a function, seven times as
             * slow. A product and a sum in one expression may be fused where the hardware can. */
            UNROLL for (int p = 0; p < WORK; p++)
                sum[p] += left[p] * right;
        }
        /* Nobody may fill the slices again while somebody still reads them. */
        barrier(CLK_LOCAL_MEM_FENCE);
    }
}

/* Lays the teams' sums of one row of every work-item's piece side by side; the number of the first
 * element of them that is this work-item's. */
int lay_out(__local float *shared, vector sums) {
    const int column = get_local_id(0), row = get_local_id(1) % SIDE, team = get_local_id(1) / SIDE;
    barrier(CLK_LOCAL_MEM_FENCE);
    *(__local vector *)(shared + team * PART + row * TILE + column * WORK) = sums;
    barrier(CLK_LOCAL_MEM_FENCE);
    return get_local_id(1) * SIDE + column;
}

float total(__local const float *shared, int e) {
    float sum = shared[e];
    UNROLL for (int team = 1; team < TEAMS; team++)
        sum += shared[team * PART + e];
    return sum;
}

/* For each element (i, j) of the tile at (i0, j0) that lies in the matrix, neighbours by
 * neighbours: total() of number e is its value. */
#define FOR_EACH_ELEMENT(ROWS, COLS)                                                               \
    UNROLL for (int p = 0; p < WORK; p++)                                                          \
        for (int e = lay_out(shared, sum[p]), i, j;                                                \
             e < PART && (i = i0 + e / TILE * WORK + p, j = j0 + e % TILE, 1);                     \
             e += ITEMS)                                                                           \
            if (i < (ROWS) && j < (COLS))

#define ALIGNED __attribute__((aligned(64)))

/* y = activation(x W^T + b): i is the row, j the output, l the input. */
void forward_tile(__local float *shared, factor x, __global float *y, __global float *z,
                  __global const float *parameters, __global const float *slope, int activation,
                  int keep_z, int outputs, int y_stride, int stride, int i0, int j0) {
    vector sum[WORK];
    const int inputs = x.cols;
    const factor b = factor_of(parameters, inputs, outputs, stride, 0);
    multiply(sum, shared, x, b, inputs, i0, j0);
    float negative = activation == FM_PRELU ? slope[0] : 0.0f;
    FOR_EACH_ELEMENT(x.rows, outputs) {
        float value = total(shared, e) + parameters[(size_t)inputs * stride + j];
        if (keep_z)
            z[(size_t)i * y_stride + j] = value;
        y[(size_t)i * y_stride + j] = activate_one(value, activation, negative);
    }
}

__kernel GROUP void linear_forward(__global float *y, __global float *z, __global const float *x,
                                   __global const float *parameters, __global const float *slope,
                                   int activation, int keep_z, int rows, int inputs, int outputs,
                                   int x_stride, int y_stride, int stride) {
    __local float shared[SHARED] ALIGNED;
    forward_tile(shared, factor_of(x, rows, inputs, x_stride, 1), y, z, parameters, slope,
                 activation, keep_z, outputs, y_stride, stride, get_group_id(1) * TILE,
                 get_group_id(0) * TILE);
}

/* The same, and x is taken out of the images on the way: the gather. */
__kernel GROUP void linear_forward_images(__global float *y, __global float *z, __global float *x,
                                          __global const float *parameters,
                                          __global const float *slope, int activation, int keep_z,
                                          int rows, int inputs, int outputs, int x_stride,
                                          int y_stride, int stride, __global const uchar *images,
                                          __global const uint *order, int first) {
    __local float shared[SHARED] ALIGNED;
    factor a = factor_of(x, rows, inputs, x_stride, 1);
    a.images = 1;
    a.image = images;
    a.order = order + first;
    forward_tile(shared, a, y, z, parameters, slope, activation, keep_z, outputs, y_stride, stride,
                 get_group_id(1) * TILE, get_group_id(0) * TILE);
}

/* The same as linear_forward, and the loss of its rows. There are TILE outputs at most, so a group
 * has all of a row; a work-item goes on with one. */
__kernel GROUP void linear_forward_loss(__global float *y, __global float *z,
                                        __global const float *x, __global const float *parameters,
                                        __global const float *slope, int activation, int keep_z,
                                        int rows, int inputs, int outputs, int x_stride,
                                        int y_stride, int stride, __global float *dlogits,
                                        __global float *losses, __global uchar *winners,
                                        __global const uchar *labels, __global const uint *order,
                                        int kind, float scale, int first) {
    __local float shared[SHARED] ALIGNED;
    const int i0 = get_group_id(1) * TILE;
    forward_tile(shared, factor_of(x, rows, inputs, x_stride, 1), y, z, parameters, slope,
                 activation, keep_z, outputs, y_stride, stride, i0, 0);
    barrier(CLK_GLOBAL_MEM_FENCE);
    for (int i = i0 + get_local_id(1) * SIDE + get_local_id(0); i < min(i0 + TILE, rows);
         i += ITEMS) {
        size_t at = (size_t)i * y_stride;
        loss_row(dlogits + at, losses + first + i, winners + first + i, y + at,
                 labels[order[first + i]], kind, scale, outputs);
    }
}

/* dx = (dy W) * activation'(z), told from y: i is the row, j the input, l the output. */
__kernel GROUP void linear_backward_input(__global float *dx, __global const float *dy,
                                          __global const float *parameters,
                                          __global const float *y, int activation, int rows,
                                          int inputs, int outputs, int x_stride, int y_stride,
                                          int stride) {
    __local float shared[SHARED] ALIGNED;
    vector sum[WORK];
    const int i0 = get_group_id(1) * TILE, j0 = get_group_id(0) * TILE;
    multiply(sum, shared, factor_of(dy, rows, outputs, y_stride, 1),
             factor_of(parameters, inputs, outputs, stride, 1), outputs, i0, j0);
    FOR_EACH_ELEMENT(rows, inputs) {
        size_t at = (size_t)i * x_stride + j;
        dx[at] = activation_backward(
            total(shared, e), activation != FM_IDENTITY ? y[at] : 0.0f, activation);
    }
}

/* The parameters' gradient (x 1)^T dy and the update with it: i is the input, and after the last
 * one the bias, whose input is always 1; j is the output, l the row.
 *
 * Of up to FM_TILE_LAYERS layers (src/ops/linear_tile.h), each with tiles of its own, `across` in a row; `first` is the number of its
 * first tile among all. A layer is {first, across, inputs, outputs, x_stride, y_stride, stride,
 * size}: a vector, for llvmpipe does not find its way in an array of structs among arguments. */
__kernel GROUP void linear_backward_parameters(
    __global float *parameters0, __global const float *x0, __global const float *dy0,
    __global float *parameters1, __global const float *x1, __global const float *dy1,
    __global float *parameters2, __global const float *x2, __global const float *dy2,
    __global float *parameters3, __global const float *x3, __global const float *dy3, int8 layer0,
    int8 layer1, int8 layer2, int8 layer3, int rows, update_t u) {
    __local float shared[SHARED] ALIGNED;
    vector sum[WORK];
    const int number = get_group_id(0);
    int8 layer = layer0;
    __global float *parameters = parameters0;
    __global const float *x = x0, *dy = dy0;
#define TAKE(N)                                                                                    \
    if (number >= layer##N.s0) {                                                                   \
        layer = layer##N;                                                                          \
        parameters = parameters##N;                                                                \
        x = x##N;                                                                                  \
        dy = dy##N;                                                                                \
    }
    TAKE(1)
    TAKE(2)
    TAKE(3)
#undef TAKE
    const int tile = number - layer.s0, across = layer.s1, inputs = layer.s2, outputs = layer.s3;
    const int x_stride = layer.s4, y_stride = layer.s5, stride = layer.s6, size = layer.s7;
    const int i0 = tile / across * TILE, j0 = tile % across * TILE;
    factor a = factor_of(x, rows, inputs, x_stride, 0);
    a.ones = inputs;
    multiply(sum, shared, a, factor_of(dy, rows, outputs, y_stride, 0), rows, i0, j0);
    FOR_EACH_ELEMENT(inputs + 1, outputs)
        update_one(parameters + (size_t)i * stride + j, size, total(shared, e), u);
}
