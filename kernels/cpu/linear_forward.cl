/* The forward pass of a linear layer on a CPU: y = activation(x W^T + b), and z = x W^T + b if it is
 * kept.
 *
 *   x   [rows][x_stride], `inputs` columns in use
 *   w   [panels][inputs + 1] vectors of PANEL outputs (cpu/panel.cl)
 *   y,z [rows][y_stride], written up to the last whole panel */
#ifndef FM_CPU_LINEAR_FORWARD_CL
#define FM_CPU_LINEAR_FORWARD_CL

#include "common/activation.cl"
#include "cpu/panel.cl"

DEFINE_ACTIVATE(activate_vector, vector)

typedef struct {
    int activation, keep_z, inputs, outputs, x_stride, y_stride;
    float slope;
} forward_t;

void finish_forward(__global float *y, __global float *z, vector sum, const forward_t *f) {
    if (f->keep_z)
        *(__global vector *)z = sum;
    *(__global vector *)y = activate_vector(sum, f->activation, f->slope);
}

/* Computes WIDTH panels of a pair of rows, over the inputs of a mask that starts at input k. The sums
 * start with the bias and are kept until the last inputs. is_pair is 0 for a single row. Structs are
 * passed by pointer: a tile takes 250 cycles, and copying a struct would cost some of them. */
#define DEFINE_FORWARD(WIDTH)                                                                      \
    void forward_tile_##WIDTH(__global float *restrict y, __global float *restrict z,              \
                              vector *restrict kept, __global const float *restrict x,             \
                              __global const vector *restrict w, ulong mask, int k, int is_pair,   \
                              const forward_t *f) {                                                \
        const int next = f->inputs + 1;                                                            \
        __global const float *one_row = x + k, *other_row = one_row + (is_pair ? f->x_stride : 0); \
        __global const vector *from = w + k;                                                       \
        vector sum[WIDTH][2];                                                                      \
        UNROLL for (int p = 0; p < WIDTH; p++)                                                     \
            UNROLL for (int r = 0; r < 2; r++)                                                     \
                sum[p][r] = k ? kept[2 * p + r] : w[f->inputs + p * next];                         \
        ADD_PAIRS(sum, WIDTH, mask, one_row[i], other_row[i], from[i + p * next])                  \
        if (k + WORD < f->inputs) {                                                                \
            UNROLL for (int p = 0; p < WIDTH; p++)                                                 \
                UNROLL for (int r = 0; r < 2; r++)                                                 \
                    kept[2 * p + r] = sum[p][r];                                                   \
            return;                                                                                \
        }                                                                                          \
        UNROLL for (int p = 0; p < WIDTH; p++)                                                     \
            UNROLL for (int r = 0; r < 2; r++)                                                     \
                if (r == 0 || is_pair)                                                             \
                    finish_forward(y + r * f->y_stride + p * PANEL, z + r * f->y_stride + p * PANEL, \
                                   sum[p][r], f);                                                  \
    }

FOR_EACH_WIDTH(DEFINE_FORWARD)

/* Prefetches a part of the next weights from the L3 cache while a pair of rows is computed. */
void fetch_weights(__global const vector *next_weights, int next, int width, int pair, int pairs) {
    int share = (WORD + pairs - 1) / pairs, end = min((pair + 1) * share, WORD);
    for (int k = pair * share; k < end; k++)
        for (int p = 0; p < width; p++)
            FETCH(next_weights + k + p * next);
}

/* Computes y = activation(x W^T + b) for up to MOST_ROWS rows and the panels `first` to `end` - 1.
 *
 *          WORD inputs     PANELS x PANEL
 *         o-----------o   o-------------o
 *   pairs |     x     |   | y           |  a pair's sums: for each input that is not zero in either
 *   of    |           |   |             |  row, the weights' vectors times the rows' two numbers.
 *   rows  o-----------o   o-------------o  The weights of WORD inputs and some panels stay in the
 *                         | weights     |  L1 cache for all pairs of rows
 *                         o-------------o */
void forward_rows(__global float *restrict y, __global float *restrict z,
                  __global const float *restrict x, __global const vector *restrict w, int rows,
                  int first, int end, int sparse, forward_t f) {
    ulong mask[MOST_ROWS / 2 * MOST_COLS / WORD];
    vector kept[MOST_ROWS / 2][2 * PANELS];
    const int words = (f.inputs + WORD - 1) / WORD, pairs = (rows + 1) / 2, next = f.inputs + 1;
    const int is_far = (size_t)f.inputs * f.outputs / 8 > CACHED;
    for (int pair = 0; pair < pairs; pair++) {
        __global const float *one = x + (size_t)2 * pair * f.x_stride;
        __global const float *other = 2 * pair + 1 < rows ? one + f.x_stride : one;
        for (int word = 0, k = 0; word < words; word++, k += WORD) {
            int inputs = min(WORD, f.inputs - k);
            mask[pair * words + word] =
                sparse ? mask_inputs(one + k, other + k, inputs) : ALL(inputs);
        }
    }
    for (int panel = first, width; panel < end; panel += width) {
        __global const vector *weights = w + (size_t)panel * next;
        width = tile_width(end - panel);
        for (int word = 0, k = 0; word < words; word++, k += WORD) {
            __global const vector *next_weights = weights + (word + 1 < words ? k + WORD : width * next);
            for (int pair = 0; pair < pairs; pair++) {
                size_t row = 2 * pair, at = row * f.y_stride + panel * PANEL;
                if (is_far)
                    fetch_weights(next_weights, next, width, pair, pairs);
#define COMPUTE(WIDTH)                                                                             \
    if (width == WIDTH)                                                                            \
        forward_tile_##WIDTH(y + at, z + at, kept[pair], x + row * f.x_stride, weights,            \
                             mask[pair * words + word], k, 2 * pair + 1 < rows, &f);
                FOR_EACH_WIDTH(COMPUTE)
#undef COMPUTE
            }
        }
    }
}

/* Computes a row of a thin batch, with four independent sums so that additions overlap. For eight zeros
 * in a row, such as background pixels, it does not read the weights. */
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
    finish_forward(y, z, (sum[0] + sum[1]) + (sum[2] + sum[3]), &f);
}

/* The same as forward_rows for a thin batch, row by row. */
void forward_thin_rows(__global float *restrict y, __global float *restrict z,
                       __global const float *restrict x, __global const vector *restrict w,
                       int rows, int first, int end, forward_t f) {
    for (int panel = first; panel < end; panel++)
        for (int row = 0; row < rows; row++) {
            size_t at = (size_t)row * f.y_stride + panel * PANEL;
            forward_thin(y + at, z + at, x + (size_t)row * f.x_stride,
                         w + (size_t)panel * (f.inputs + 1), f);
        }
}

#endif
