/* The linear layer on a CPU: a work-item alone in its work-group computes a tile of the output in
 * private vectors, PANEL columns wide and ROWS rows high, with no local memory and no barrier.
 *
 * Weights live in panels of PANEL outputs, the bias as the row after the last input:
 *
 *                 PANEL              weight of output o, input k:
 *            o-------------o           w[((o / PANEL) * (inputs + 1) + k) * PANEL + o % PANEL]
 *          k |  panel 0    |         bias of output o: k = inputs
 *   inputs+1 |             |         outputs are filled up with zeros to a multiple of PANEL
 *            o-------------o
 *            |  panel 1    |   so that each product reads them as a stream of whole vectors, and
 *            o-------------o   the update, element by element, need not know.
 *
 * Batches are rows [row][stride]; the stride is a multiple of PANEL, the rows are filled up to a
 * multiple of ROWS and of PANEL, so that tiles may overhang them. */
#ifndef PANEL
#define PANEL 16 /* floats of a vector: two registers of AVX2, one of AVX-512 */
#endif
#ifndef ROWS
#define ROWS 6 /* vectors in a tile: 6 x 2 registers of sums leave 4 of AVX2's 16 for operands */
#endif

#define JOIN_(a, b)   a##b
#define JOIN(a, b)    JOIN_(a, b)
#define vector        JOIN(float, PANEL)
#define ALONE         __attribute__((reqd_work_group_size(1, 1, 1)))
/* Only unrolled do the sums become registers: with a loop around them they are an array in memory. */
#define UNROLL        _Pragma("unroll")

DEFINE_ACTIVATE(activate_vector, vector)
DEFINE_UPDATE(update_vector, vector)

/* y = activation(x W^T + b).
 *
 *              outputs: axis 1, a panel each
 *             o-------o
 *   rows:     |       |   ROWS x PANEL sums: for each k a vector of the panel times ROWS numbers
 *   axis 0,   | y     |   of x. Row tiles are the fastest axis: a panel stays in the cache while
 *   ROWS each o-------o   all rows pass by. */
__kernel ALONE void linear_forward(__global float *restrict y, __global float *restrict z,
                                   __global const float *restrict x,
                                   __global const float *restrict parameters,
                                   __global const float *restrict slope, int activation, int keep_z,
                                   int inputs, int x_stride, int y_stride) {
    size_t row = (size_t)get_group_id(0) * ROWS;
    size_t panel = get_group_id(1);
    __global const vector *w = (__global const vector *)parameters + panel * (inputs + 1);
    x += row * x_stride;
    vector sum[ROWS];
    UNROLL for (int r = 0; r < ROWS; r++)
        sum[r] = w[inputs];
    for (int k = 0; k < inputs; k++) {
        vector column = w[k];
        /* Not fma(): some drivers make a function call of it. A product and a sum in one expression
         * may be fused where the hardware can. */
        UNROLL for (int r = 0; r < ROWS; r++)
            sum[r] += x[r * x_stride + k] * column;
    }
    size_t at = row * y_stride + panel * PANEL;
    float a = activation == FM_PRELU ? slope[0] : 0.0f;
    UNROLL for (int r = 0; r < ROWS; r++) {
        if (keep_z)
            *(__global vector *)(z + at + r * y_stride) = sum[r];
        *(__global vector *)(y + at + r * y_stride) = activate_vector(sum[r], activation, a);
    }
}

/* Turns dy so that linear_backward_input can read PANEL rows of one output as a vector:
 * turned[row / PANEL][output][row % PANEL]. Axis 0: PANEL outputs; axis 1: PANEL rows. */
__kernel ALONE void linear_turn(__global float *restrict turned, __global const float *restrict dy,
                                int stride) {
    size_t block = get_group_id(0), rows = get_group_id(1);
    dy += rows * PANEL * stride + block * PANEL;
    turned += (rows * get_num_groups(0) + block) * PANEL * PANEL;
    for (int o = 0; o < PANEL; o++)
        for (int r = 0; r < PANEL; r++)
            turned[o * PANEL + r] = dy[r * stride + o];
}

/* dx = (dy W) * activation'(z), told from y. The weights are read in the panels they live in, as
 * the numbers that multiply; the vectors go along the rows of the batch.
 *
 *             inputs: axis 0, ROWS each
 *             o-------o
 *   rows:     |  dx   |   PANEL x ROWS sums, turned back as they are written
 *   axis 1,   |       |
 *   PANEL     o-------o */
__kernel ALONE void linear_backward_input(__global float *restrict dx,
                                          __global const float *restrict turned,
                                          __global const float *restrict parameters,
                                          __global const float *restrict y, int activation,
                                          int inputs, int outputs, int x_stride) {
    int k0 = get_group_id(0) * ROWS;
    size_t rows = get_group_id(1);
    int panels = (outputs + PANEL - 1) / PANEL;
    __global const vector *g = (__global const vector *)turned + rows * panels * PANEL;
    vector sum[ROWS];
    UNROLL for (int j = 0; j < ROWS; j++)
        sum[j] = 0.0f;
    for (int panel = 0; panel < panels; panel++) {
        __global const float *w = parameters + ((size_t)panel * (inputs + 1) + k0) * PANEL;
        int end = min(PANEL, outputs - panel * PANEL);
        for (int o = 0; o < end; o++) {
            vector column = g[panel * PANEL + o];
            UNROLL for (int j = 0; j < ROWS; j++)
                sum[j] += w[j * PANEL + o] * column;
        }
    }
    float tile[ROWS][PANEL] __attribute__((aligned(4 * PANEL))); /* as a vector must be */
    UNROLL for (int j = 0; j < ROWS; j++)
        *(vector *)tile[j] = sum[j];
    size_t at = rows * PANEL * x_stride + k0;
    int width = min(ROWS, inputs - k0);
    for (int r = 0; r < PANEL; r++, at += x_stride)
        for (int j = 0; j < width; j++)
            dx[at + j] = activation_backward(
                tile[j][r], activation != FM_IDENTITY ? y[at + j] : 0.0f, activation);
}

/* The parameters' gradient [inputs + 1 x outputs] = (x 1)^T dy, and the update with it.
 *
 *              outputs: axis 1, a panel each
 *             o-------o
 *   inputs+1: |  dW   |   ROWS x PANEL sums over the rows of the batch; the bias is the input that
 *   axis 0,   |       |   is always 1, in the last tile
 *   ROWS each o-------o */
__kernel ALONE void linear_backward_parameters(__global float *restrict parameters,
                                               __global const float *restrict x,
                                               __global const float *restrict dy, int rows,
                                               int inputs, int x_stride, int y_stride, int size,
                                               update_t u) {
    int k0 = get_group_id(0) * ROWS;
    size_t panel = get_group_id(1);
    int width = min(ROWS, inputs + 1 - k0);
    dy += panel * PANEL;
    x += k0;
    vector sum[ROWS];
    UNROLL for (int j = 0; j < ROWS; j++)
        sum[j] = 0.0f;
    if (k0 + ROWS <= inputs) {
        for (int i = 0; i < rows; i++, x += x_stride, dy += y_stride) {
            vector g = *(__global const vector *)dy;
            UNROLL for (int j = 0; j < ROWS; j++)
                sum[j] += x[j] * g;
        }
    } else {
        for (int i = 0; i < rows; i++, x += x_stride, dy += y_stride) {
            vector g = *(__global const vector *)dy;
            UNROLL for (int j = 0; j < ROWS; j++)
                sum[j] += (j < width - 1 ? x[j] : 1.0f) * g;
        }
    }
    __global float *w = parameters + (panel * (inputs + 1) + k0) * PANEL;
    UNROLL for (int j = 0; j < ROWS; j++)
        if (j < width)
            update_vector(w + j * PANEL, size, sum[j], u);
}
