/* The linear layer on a CPU, as functions for the kernels of chain.cl; here its layout and the way
 * forward, in linear_panel_input.cl and linear_panel_parameters.cl the gradients. A work-item alone
 * in its work-group computes tiles of the output in private vectors, PANEL columns wide and ROWS rows
 * high, with no local memory and no barrier.
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
 * Batches are rows [row][stride]; the stride is a multiple of PANEL. A few rows, up to THIN_ROWS,
 * are computed one by one: the weights are then one stream, and nothing is gained by tiles. */
#ifndef PANEL
#define PANEL 16 /* floats of a vector: two registers of AVX2, one of AVX-512 */
#endif
#ifndef ROWS
#define ROWS 6 /* vectors in a tile: 6 x 2 registers of sums leave 4 of AVX2's 16 for operands */
#endif

#ifndef THIN_ROWS
#define THIN_ROWS 16
#endif

/* Asks for the cache line at p, which will be wanted soon. OpenCL's own prefetch() does nothing on
 * the CPU drivers seen so far; the compiler's does, where there is one. Not on the way through SPIR:
 * Mesa's translator ends the whole process over it, and Oclgrind does not know it. */
#if defined(__has_builtin) && !defined(__SPIR32__) && !defined(__SPIR64__)
#if __has_builtin(__builtin_prefetch)
#define FETCH(p) __builtin_prefetch((const void *)(size_t)(p))
#endif
#endif
#ifndef FETCH
#define FETCH(p) prefetch(p, 1)
#endif

#define JOIN_(a, b)   a##b
#define JOIN(a, b)    JOIN_(a, b)
#define vector        JOIN(float, PANEL)
/* Only unrolled do the sums become registers: with a loop around them they are an array in memory. */
#define UNROLL        _Pragma("unroll")

DEFINE_ACTIVATE(activate_vector, vector)

typedef struct {
    int activation, keep_z, inputs, x_stride, y_stride;
    float slope;
} forward_t;

void finish_forward(__global float *y, __global float *z, vector sum, forward_t f) {
    if (f.keep_z)
        *(__global vector *)z = sum;
    *(__global vector *)y = activate_vector(sum, f.activation, f.slope);
}

/* HEIGHT rows of a panel, over count inputs: all of them, or those of a list. Not fma(): some
 * drivers make a function call of it. A product and a sum in one expression may be fused where the
 * hardware can. */
#define DEFINE_FORWARD(NAME, HEIGHT, INPUT)                                                        \
    void NAME(__global float *restrict y, __global float *restrict z,                              \
              __global const float *restrict x, __global const vector *restrict w,                 \
              const ushort *list, int count, forward_t f) {                                        \
        vector sum[HEIGHT];                                                                        \
        UNROLL for (int r = 0; r < HEIGHT; r++)                                                    \
            sum[r] = w[f.inputs];                                                                  \
        for (int i = 0; i < count; i++) {                                                          \
            int k = INPUT(i);                                                                      \
            vector column = w[k];                                                                  \
            UNROLL for (int r = 0; r < HEIGHT; r++)                                                \
                sum[r] += x[r * f.x_stride + k] * column;                                          \
        }                                                                                          \
        UNROLL for (int r = 0; r < HEIGHT; r++)                                                    \
            finish_forward(y + r * f.y_stride, z + r * f.y_stride, sum[r], f);                     \
    }

#define EVERY_INPUT(i)  i
#define LISTED_INPUT(i) list[i]

DEFINE_FORWARD(forward_tile, ROWS, EVERY_INPUT)
DEFINE_FORWARD(forward_four, 4, EVERY_INPUT)
DEFINE_FORWARD(forward_pair, 2, EVERY_INPUT)
DEFINE_FORWARD(forward_one, 1, EVERY_INPUT)
DEFINE_FORWARD(forward_listed, ROWS, LISTED_INPUT)
DEFINE_FORWARD(forward_four_listed, 4, LISTED_INPUT)

/* A row of a thin batch: several sums at once, for each waits for the one before it; and what is
 * multiplied by eight zeros in a row, as the pixels beside the clothes, is not even read. */
void forward_thin(__global float *restrict y, __global float *restrict z,
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

/* The inputs, of those from `first` to `end`, that are not zero in all of the rows, counted from
 * `first`. Of pixels a quarter is left out, of what a trained ReLU lets pass more than half. The
 * sums are the same bits without them, but where a weight is not finite: zero times that is no
 * number. Nobody misses it, for the trainer looks at the weights as well as at the loss. */
int list_inputs(ushort *list, __global const float *restrict x, int first, int end, int rows,
                int x_stride) {
    uint bits[16] __attribute__((aligned(64))); /* as a vector must be */
    int count = 0, k = first;
    for (; k + 16 <= end; k += 16) {
        uint16 sixteen = 0;
        for (int r = 0; r < rows; r++)
            sixteen |= as_uint16(vload16(0, x + r * x_stride + k));
        *(uint16 *)bits = sixteen << 1; /* the sign of a zero does not count */
        UNROLL for (int i = 0; i < 16; i++) {
            list[count] = (ushort)(k - first + i);
            count += bits[i] != 0;
        }
    }
    for (; k < end; k++)
        list[count++] = (ushort)(k - first);
    return count;
}

#ifndef LIST_SPACE
#define LIST_SPACE 24576 /* inputs of all of a block's lists, and so at least those of one */
#endif
#ifndef LIST_TILES
#define LIST_TILES 24
#endif

/* A share of the next panel's weights, one for each tile of rows: it comes from the third cache
 * while the tile is computed. */
void fetch_panel(__global const vector *next, int inputs, int tile, int tiles) {
    int share = (inputs + tiles) / tiles, end = min((tile + 1) * share, inputs + 1);
    for (int k = tile * share; k < end; k++)
        FETCH(next + k);
}

/* y = activation(x W^T + b), for some rows and the panels from `first` to `end`.
 *
 *              PANEL
 *             o-----o
 *   rows:     |  y  |   ROWS x PANEL sums: for each k a vector of the panel times ROWS numbers of x.
 *   ROWS each o-----o   The panel stays in the cache while the rows pass by.
 *
 * Of a sparse x, pixels or what a ReLU let pass, the inputs are listed before: a list for each tile
 * of rows, once for all panels. */
void forward_rows(__global float *restrict y, __global float *restrict z,
                  __global const float *restrict x, __global const vector *restrict w, int rows,
                  int first, int end, int thin, int sparse, forward_t f) {
    ushort list[LIST_SPACE];
    int counts[LIST_TILES];
    int tiles = (rows + ROWS - 1) / ROWS;
    int lists = sparse && !thin ? min(min(tiles, LIST_TILES), LIST_SPACE / f.inputs) : 0;
    for (int t = 0; t < lists; t++)
        counts[t] = list_inputs(list + t * f.inputs, x + (size_t)t * ROWS * f.x_stride, 0, f.inputs,
                                min(ROWS, rows - t * ROWS), f.x_stride);
    for (int panel = first; panel < end; panel++) {
        __global const vector *column = w + (size_t)panel * (f.inputs + 1);
        int step;
        for (int row = 0; row < rows; row += step) {
            __global float *to = y + (size_t)row * f.y_stride + panel * PANEL;
            __global float *kept = z + (size_t)row * f.y_stride + panel * PANEL;
            __global const float *from = x + (size_t)row * f.x_stride;
            int tile = row / ROWS, left = rows - row, is_listed = tile < lists;
            const ushort *inputs = list + tile * f.inputs;
            int count = is_listed ? counts[tile] : f.inputs;
            if (!thin && panel + 1 < end)
                fetch_panel(column + f.inputs + 1, f.inputs, tile, tiles);
            step = thin ? 1 : left >= ROWS ? ROWS : left >= 4 ? 4 : left >= 2 ? 2 : 1;
            if (thin)
                forward_thin(to, kept, from, column, f);
            else if (step == ROWS && is_listed)
                forward_listed(to, kept, from, column, inputs, count, f);
            else if (step == ROWS)
                forward_tile(to, kept, from, column, 0, count, f);
            else if (step == 4 && is_listed)
                forward_four_listed(to, kept, from, column, inputs, count, f);
            else if (step == 4)
                forward_four(to, kept, from, column, 0, f.inputs, f);
            else if (step == 2)
                forward_pair(to, kept, from, column, 0, f.inputs, f);
            else
                forward_one(to, kept, from, column, 0, f.inputs, f);
        }
    }
}
