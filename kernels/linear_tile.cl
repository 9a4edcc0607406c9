/* The linear layer on a GPU: a work-group computes a TILE x TILE piece of the output. It takes
 * slices of both factors, DEPTH deep, into local memory, where each is read TILE times; each
 * work-item keeps WORK x WORK sums in registers.
 *
 *                    j: axis 0                    A slice of the sum:
 *                   o---------o                     a[l][i]  i < TILE, l < DEPTH
 *                   |    B    |  l                  b[l][j]  j < TILE
 *                   o---------o
 *        o-------o  o---------o                   Weights are [inputs + 1][outputs], the bias as the
 *  i:    |   A   |  |  tile   |  TILE             last row; batches are rows [row][stride].
 *  axis 1|       |  |         |                   Edges read as zero and are not written.
 *        o-------o  o---------o
 *            l         TILE
 */
#ifndef TILE
#define TILE 32 /* side of a group's piece of the output */
#endif
#ifndef DEPTH
#define DEPTH 16 /* of a slice */
#endif
#ifndef WORK
#define WORK 4 /* side of a work-item's piece; TILE / WORK items along each axis */
#endif

#define SIDE  (TILE / WORK)
#define ITEMS (SIDE * SIDE)
#define GROUP __attribute__((reqd_work_group_size(SIDE, SIDE, 1)))

/* The loop over slices. READ_A(i, l) and READ_B(l, j) are the factors' elements in terms of i, j
 * and l, counted in the whole matrices; A_ALONG_L and B_ALONG_L say whether neighbours in memory
 * are neighbours in l, so that a group's reads go together. Leaves the sums in sum[][]. */
#define MULTIPLY(LENGTH, READ_A, A_ALONG_L, READ_B, B_ALONG_L)                                     \
    __local float a[DEPTH][TILE + 1], b[DEPTH][TILE + 1];                                          \
    const int i0 = get_group_id(1) * TILE, j0 = get_group_id(0) * TILE;                            \
    const int column = get_local_id(0), row = get_local_id(1), item = row * SIDE + column;         \
    float sum[WORK][WORK];                                                                         \
    for (int p = 0; p < WORK; p++)                                                                 \
        for (int q = 0; q < WORK; q++)                                                             \
            sum[p][q] = 0.0f;                                                                      \
    for (int l0 = 0; l0 < (LENGTH); l0 += DEPTH) {                                                 \
        for (int e = item; e < DEPTH * TILE; e += ITEMS) {                                         \
            int la = A_ALONG_L ? e % DEPTH : e / TILE, ia = A_ALONG_L ? e / DEPTH : e % TILE;      \
            int lb = B_ALONG_L ? e % DEPTH : e / TILE, jb = B_ALONG_L ? e / DEPTH : e % TILE;      \
            a[la][ia] = READ_A(i0 + ia, l0 + la);                                                  \
            b[lb][jb] = READ_B(l0 + lb, j0 + jb);                                                  \
        }                                                                                          \
        barrier(CLK_LOCAL_MEM_FENCE);                                                              \
        for (int l = 0; l < DEPTH; l++)                                                            \
            for (int p = 0; p < WORK; p++)                                                         \
                for (int q = 0; q < WORK; q++)                                                     \
                    sum[p][q] = fma(a[l][row + p * SIDE], b[l][column + q * SIDE], sum[p][q]);     \
        /* Nobody may fill the slices again while somebody still reads them. */                    \
        barrier(CLK_LOCAL_MEM_FENCE);                                                              \
    }

/* For each of a work-item's elements (i, j) that lies in the matrix: sum[p][q] is its value. */
#define FOR_EACH_ELEMENT(ROWS, COLS)                                                               \
    for (int p = 0; p < WORK; p++)                                                                 \
        for (int q = 0, i = i0 + row + p * SIDE, j = j0 + column; q < WORK; q++, j += SIDE)        \
            if (i < (ROWS) && j < (COLS))

/* y = activation(x W^T + b): i is the row, j the output, l the input. */
__kernel GROUP void linear_forward(__global float *y, __global float *z, __global const float *x,
                                   __global const float *parameters, __global const float *slope,
                                   int activation, int keep_z, int rows, int inputs, int outputs,
                                   int x_stride, int y_stride) {
#define READ_X(i, l)                                                                               \
    ((i) < rows && (l) < inputs ? x[(size_t)(i)*x_stride + (l)] : 0.0f)
#define READ_W(l, j)                                                                               \
    ((l) < inputs && (j) < outputs ? parameters[(size_t)(l)*outputs + (j)] : 0.0f)
    MULTIPLY(inputs, READ_X, 1, READ_W, 0)
    float negative = activation == FM_PRELU ? slope[0] : 0.0f;
    FOR_EACH_ELEMENT(rows, outputs) {
        float value = sum[p][q] + parameters[(size_t)inputs * outputs + j];
        if (keep_z)
            z[(size_t)i * y_stride + j] = value;
        y[(size_t)i * y_stride + j] = activate_one(value, activation, negative);
    }
}

/* dx = (dy W) * activation'(z), told from y: i is the row, j the input, l the output. */
__kernel GROUP void linear_backward_input(__global float *dx, __global const float *dy,
                                          __global const float *parameters,
                                          __global const float *y, int activation, int rows,
                                          int inputs, int outputs, int x_stride, int y_stride) {
#define READ_DY(i, l)                                                                              \
    ((i) < rows && (l) < outputs ? dy[(size_t)(i)*y_stride + (l)] : 0.0f)
#define READ_W_TURNED(l, j)                                                                        \
    ((l) < outputs && (j) < inputs ? parameters[(size_t)(j)*outputs + (l)] : 0.0f)
    MULTIPLY(outputs, READ_DY, 1, READ_W_TURNED, 1)
    FOR_EACH_ELEMENT(rows, inputs) {
        size_t at = (size_t)i * x_stride + j;
        dx[at] = activation_backward(
            sum[p][q], activation != FM_IDENTITY ? y[at] : 0.0f, activation);
    }
}

/* The parameters' gradient (x 1)^T dy and the update with it: i is the input, and after the last
 * one the bias, whose input is always 1; j is the output, l the row. */
__kernel GROUP void linear_backward_parameters(__global float *parameters,
                                               __global const float *x, __global const float *dy,
                                               int rows, int inputs, int outputs, int x_stride,
                                               int y_stride, int size, update_t u) {
#define READ_X_TURNED(i, l)                                                                        \
    ((l) < rows && (i) < inputs ? x[(size_t)(l)*x_stride + (i)] : (i) == inputs ? 1.0f : 0.0f)
#define READ_DY_TURNED(l, j)                                                                       \
    ((l) < rows && (j) < outputs ? dy[(size_t)(l)*y_stride + (j)] : 0.0f)
    MULTIPLY(rows, READ_X_TURNED, 0, READ_DY_TURNED, 0)
    FOR_EACH_ELEMENT(inputs + 1, outputs)
        update_one(parameters + (size_t)i * outputs + j, size, sum[p][q], u);
}
