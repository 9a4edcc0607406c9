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
 * multiple of PANEL, so that tiles may overhang them.
 *
 * A work-item takes a span of tiles, one after the other: starting one costs as much as a small
 * tile. Batches of a few rows (the host says THIN_ROWS) have kernels of their own, which read the
 * weights as one stream and share nothing between rows. */
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

/* One optimiser is known to the compiler in each branch: no test of the rule is left in a loop. */
#define BY_RULE(U, WORK)                                                                           \
    do {                                                                                           \
        if ((U).rule == FM_UPDATE_ADAM) {                                                          \
            (U).rule = FM_UPDATE_ADAM;                                                             \
            WORK;                                                                                  \
        } else {                                                                                   \
            WORK;                                                                                  \
        }                                                                                          \
    } while (0)

typedef struct {
    int activation, keep_z, inputs, x_stride, y_stride;
    float slope;
} forward_t;

void finish_forward(__global float *y, __global float *z, vector sum, forward_t f) {
    if (f.keep_z)
        *(__global vector *)z = sum;
    *(__global vector *)y = activate_vector(sum, f.activation, f.slope);
}

/* HEIGHT rows of a panel. Not fma(): some drivers make a function call of it. A product and a sum
 * in one expression may be fused where the hardware can. */
#define DEFINE_FORWARD(NAME, HEIGHT)                                                               \
    void NAME(__global float *restrict y, __global float *restrict z,                              \
              __global const float *restrict x, __global const vector *restrict w, forward_t f) {  \
        vector sum[HEIGHT];                                                                        \
        UNROLL for (int r = 0; r < HEIGHT; r++)                                                    \
            sum[r] = w[f.inputs];                                                                  \
        for (int k = 0; k < f.inputs; k++) {                                                       \
            vector column = w[k];                                                                  \
            UNROLL for (int r = 0; r < HEIGHT; r++)                                                \
                sum[r] += x[r * f.x_stride + k] * column;                                          \
        }                                                                                          \
        UNROLL for (int r = 0; r < HEIGHT; r++)                                                    \
            finish_forward(y + r * f.y_stride, z + r * f.y_stride, sum[r], f);                     \
    }

DEFINE_FORWARD(forward_tile, ROWS)
DEFINE_FORWARD(forward_pair, 2)

/* One row: several sums at once, for each waits for the one before it; and what is multiplied by
 * eight zeros in a row, as the pixels beside the clothes, is not even read. */
void forward_row(__global float *restrict y, __global float *restrict z,
                 __global const float *restrict x, __global const vector *restrict w,
                 forward_t f) {
    vector sum[4] = {w[f.inputs], 0.0f, 0.0f, 0.0f};
    int k = 0;
    for (; k + 8 <= f.inputs; k += 8) {
        float8 eight = vload8(0, x + k);
        if (!any(eight != 0.0f))
            continue;
        UNROLL for (int j = 0; j < 8; j++)
            sum[j % 4] += x[k + j] * w[k + j];
    }
    for (; k < f.inputs; k++)
        sum[0] += x[k] * w[k];
    finish_forward(y, z, (sum[0] + sum[1]) + (sum[2] + sum[3]), f);
}

/* y = activation(x W^T + b).
 *
 *              outputs: axis 1, a panel each
 *             o-------o
 *   rows:     |       |   ROWS x PANEL sums: for each k a vector of the panel times ROWS numbers
 *   axis 0,   | y     |   of x. Row tiles are the fastest axis: a panel stays in the cache while
 *   span each o-------o   all rows pass by. */
__kernel ALONE void linear_forward(__global float *restrict y, __global float *restrict z,
                                   __global const float *restrict x,
                                   __global const float *restrict parameters,
                                   __global const float *restrict slope, int activation, int keep_z,
                                   int rows, int inputs, int x_stride, int y_stride, int span) {
    forward_t f = {activation, keep_z, inputs, x_stride, y_stride,
                   activation == FM_PRELU ? slope[0] : 0.0f};
    size_t panel = get_group_id(1);
    __global const vector *w = (__global const vector *)parameters + panel * (inputs + 1);
    int row = get_group_id(0) * span, end = min(row + span, rows);
    y += panel * PANEL;
    z += panel * PANEL;
    while (row < end) {
        __global float *to = y + (size_t)row * y_stride, *kept = z + (size_t)row * y_stride;
        __global const float *from = x + (size_t)row * x_stride;
        if (row + ROWS <= end) {
            forward_tile(to, kept, from, w, f);
            row += ROWS;
        } else if (row + 2 <= end) {
            forward_pair(to, kept, from, w, f);
            row += 2;
        } else {
            forward_row(to, kept, from, w, f);
            row++;
        }
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

/* width columns of dx, PANEL rows high. */
void backward_input_tile(__global float *restrict dx, __global const vector *restrict g,
                         __global const float *restrict parameters, __global const float *restrict y,
                         int activation, int inputs, int outputs, int x_stride, int width) {
    int panels = (outputs + PANEL - 1) / PANEL;
    vector sum[ROWS];
    UNROLL for (int j = 0; j < ROWS; j++)
        sum[j] = 0.0f;
    for (int panel = 0; panel < panels; panel++) {
        __global const float *w = parameters + (size_t)panel * (inputs + 1) * PANEL;
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
    for (int r = 0; r < PANEL; r++, dx += x_stride, y += x_stride)
        for (int j = 0; j < width; j++)
            dx[j] = activation_backward(tile[j][r], activation != FM_IDENTITY ? y[j] : 0.0f,
                                        activation);
}

/* dx = (dy W) * activation'(z), told from y. The weights are read in the panels they live in, as
 * the numbers that multiply; the vectors go along the rows of the batch.
 *
 *             inputs: axis 0, a span each
 *             o-------o
 *   rows:     |  dx   |   PANEL x ROWS sums, turned back as they are written
 *   axis 1,   |       |
 *   PANEL     o-------o */
__kernel ALONE void linear_backward_input(__global float *restrict dx,
                                          __global const float *restrict turned,
                                          __global const float *restrict parameters,
                                          __global const float *restrict y, int activation,
                                          int inputs, int outputs, int x_stride, int span) {
    size_t rows = get_group_id(1);
    int panels = (outputs + PANEL - 1) / PANEL;
    __global const vector *g = (__global const vector *)turned + rows * panels * PANEL;
    int k0 = get_group_id(0) * span, end = min(k0 + span, inputs);
    dx += rows * PANEL * x_stride;
    y += rows * PANEL * x_stride;
    for (; k0 < end; k0 += ROWS)
        backward_input_tile(dx + k0, g, parameters + (size_t)k0 * PANEL, y + k0, activation, inputs,
                            outputs, x_stride, min(ROWS, inputs - k0));
}

/* PANEL is 16, or the halves would not add up. */
float sum_of(vector v) {
    float8 s8 = v.lo + v.hi;
    float4 s4 = s8.lo + s8.hi;
    float2 s2 = s4.lo + s4.hi;
    return s2.x + s2.y;
}

/* The same for a few rows: each input's number is a product of two rows of numbers, as long as
 * there are outputs. Axis 0: spans of inputs. */
__kernel ALONE void linear_backward_input_thin(__global float *restrict dx,
                                               __global const float *restrict dy,
                                               __global const float *restrict parameters,
                                               __global const float *restrict y, int activation,
                                               int rows, int inputs, int outputs, int x_stride,
                                               int y_stride, int span) {
    int panels = (outputs + PANEL - 1) / PANEL;
    int first = get_group_id(0) * span, end = min(first + span, inputs);
    __global const vector *w = (__global const vector *)parameters;
    for (int i = 0; i < rows; i++, dx += x_stride, dy += y_stride, y += x_stride) {
        for (int k = first; k < end; k++) {
            vector sum = 0.0f;
            for (int panel = 0; panel < panels; panel++)
                sum += w[(size_t)panel * (inputs + 1) + k] * ((__global const vector *)dy)[panel];
            dx[k] = activation_backward(sum_of(sum), activation != FM_IDENTITY ? y[k] : 0.0f,
                                        activation);
        }
    }
}

/* The parameters' gradient [inputs + 1 x outputs] = (x 1)^T dy, and the update with it.
 *
 *              outputs: axis 1, a span of panels each
 *             o-------o
 *   inputs+1: |  dW   |   ROWS x PANEL sums over the rows of the batch; the bias is the input that
 *   axis 0,   |       |   is always 1, in the last tile
 *   ROWS each o-------o
 *
 * A row of the batch whose ROWS inputs are all zero adds nothing: a third of the rows, where the
 * inputs are pixels. So the others are listed first, once for all panels. */
#ifndef LISTED
#define LISTED 1024 /* rows that the list holds; of a larger batch every row counts */
#endif

/* The rows from x on with something else than zeros among their ROWS inputs. */
int list_rows(ushort *list, __global const float *restrict x, int rows, int x_stride) {
    int count = 0;
    for (int i = 0; i < rows; i++, x += x_stride) {
        uint bits = 0;
        UNROLL for (int j = 0; j < ROWS; j++)
            bits |= as_uint(x[j]);
        list[count] = (ushort)i;
        count += (bits << 1) != 0; /* the sign of a zero does not count */
    }
    return count;
}

/* A tile's sums over count rows, ROW the index of the i-th and INPUT its j-th input. */
#define ADD_ROWS(sum, count, ROW, INPUT)                                                           \
    for (int i = 0; i < count; i++) {                                                              \
        size_t row = ROW;                                                                          \
        __global const float *input = x + row * x_stride;                                          \
        vector g = *(__global const vector *)(dy + row * y_stride);                                \
        UNROLL for (int j = 0; j < ROWS; j++)                                                      \
            sum[j] += (INPUT) * g;                                                                 \
    }

__kernel ALONE void linear_backward_parameters(__global float *restrict parameters,
                                               __global const float *restrict x,
                                               __global const float *restrict dy, int rows,
                                               int inputs, int outputs, int x_stride, int y_stride,
                                               int size, int span, update_t u) {
    ushort list[LISTED];
    int k0 = get_group_id(0) * ROWS;
    int width = min(ROWS, inputs + 1 - k0), whole = k0 + ROWS <= inputs;
    int panel = get_group_id(1) * span, end = min(panel + span, (outputs + PANEL - 1) / PANEL);
    int listed = whole && rows <= LISTED;
    x += k0;
    dy += panel * PANEL;
    int count = listed ? list_rows(list, x, rows, x_stride) : rows;
    for (; panel < end; panel++, dy += PANEL) {
        __global float *w = parameters + ((size_t)panel * (inputs + 1) + k0) * PANEL;
        vector sum[ROWS];
        UNROLL for (int j = 0; j < ROWS; j++)
            sum[j] = 0.0f;
        if (listed)
            ADD_ROWS(sum, count, list[i], input[j])
        else if (whole)
            ADD_ROWS(sum, count, i, input[j])
        else
            ADD_ROWS(sum, count, i, j < width - 1 ? input[j] : 1.0f)
        if (whole)
            BY_RULE(u, UNROLL for (int j = 0; j < ROWS; j++)
                           update_vector(w + j * PANEL, size, sum[j], u));
        else
            for (int j = 0; j < width; j++)
                update_vector(w + j * PANEL, size, sum[j], u);
    }
}

/* The same for a few rows. Axis 0: spans of inputs, the bias among them; axis 1: panels. */
__kernel ALONE void linear_backward_parameters_thin(__global float *restrict parameters,
                                                    __global const float *restrict x,
                                                    __global const float *restrict dy, int rows,
                                                    int inputs, int x_stride, int y_stride,
                                                    int size, int span, update_t u) {
    size_t panel = get_group_id(1);
    int first = get_group_id(0) * span, end = min(first + span, inputs + 1);
    __global float *w = parameters + (panel * (inputs + 1) + first) * PANEL;
    dy += panel * PANEL;
    vector g0 = *(__global const vector *)dy;
    BY_RULE(u, for (int k = first; k < end; k++, w += PANEL) {
        vector gradient = (k < inputs ? x[k] : 1.0f) * g0;
        for (int i = 1; i < rows; i++)
            gradient += (k < inputs ? x[i * x_stride + k] : 1.0f) *
                        *(__global const vector *)(dy + i * y_stride);
        update_vector(w, size, gradient, u);
    });
}
