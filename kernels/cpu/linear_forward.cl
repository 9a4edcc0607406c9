/* The linear layer on a CPU, as functions for the kernels of chain.cl; here its layout and the way
 * forward, in linear_panel_input.cl and linear_panel_parameters.cl the gradients. A work-item alone
 * in its work-group computes tiles of the output in private vectors, PANEL columns wide, with no
 * local memory and no barrier.
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
 * are computed one by one: the weights are then one stream, and nothing is gained by tiles.
 *
 * Much of what is multiplied is zero: half of the pixels, and more of what a ReLU let pass. So
 * tiles are low and wide, a pair of numbers times PANELS panels, and where both numbers of a pair
 * are zero nothing is done: a mask tells, a bit for each of WORD pairs, the first one on top. The
 * sums are the same bits without them, but where the other factor is not finite: zero times that is
 * no number. Nobody misses it, for the trainer looks at the weights as well as at the loss. */
#ifndef PANEL
#define PANEL 16 /* floats of a vector: two registers of AVX2, one of AVX-512 */
#endif
#ifndef PANELS
#define PANELS 3 /* of a tile: 2 x 3 x 2 registers of sums leave 4 of AVX2's 16 for operands */
#endif
#ifndef THIN_ROWS
#define THIN_ROWS 16
#endif
#ifndef MOST_ROWS
#define MOST_ROWS 64 /* that a work-item takes through a layer, unless they are thin */
#endif
#ifndef MOST_COLS
#define MOST_COLS 8192
#endif
#ifndef NEAR
#define NEAR 65536 /* floats: no more of a matrix than this stay in the second cache */
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

#define WORD     64
#define TOP      (1UL << (WORD - 1))
#define ALL(N)   (~0UL << (WORD - (N))) /* of so many pairs, 1 to WORD */

/* The sum of a tile: for each pair i of the mask its two numbers, ONE and OTHER, times the vector
 * COLUMN of each panel p. Not fma(): some drivers make a function call of it. A product and a sum
 * in one expression may be fused where the hardware can. */
#define ADD_PAIRS(SUM, WIDTH, MASK, ONE, OTHER, COLUMN)                                            \
    for (ulong left = (MASK), i; left; left ^= TOP >> i) {                                         \
        i = clz(left);                                                                             \
        float one = (ONE), other = (OTHER);                                                        \
        UNROLL for (int p = 0; p < WIDTH; p++) {                                                   \
            vector column = (COLUMN);                                                              \
            SUM[p][0] += one * column;                                                             \
            SUM[p][1] += other * column;                                                           \
        }                                                                                          \
    }

/* The widths of tiles. A layer's panels are divided among tiles as evenly as can be, so that none
 * is left to a tile with too few sums, each of which waits for the one before it. */
#if PANELS == 1
#define FOR_EACH_WIDTH(DO) DO(1)
#elif PANELS == 2
#define FOR_EACH_WIDTH(DO) DO(1) DO(2)
#elif PANELS == 3
#define FOR_EACH_WIDTH(DO) DO(1) DO(2) DO(3)
#elif PANELS == 4
#define FOR_EACH_WIDTH(DO) DO(1) DO(2) DO(3) DO(4)
#else
#error "PANELS is 1 to 4"
#endif

int tile_width(int panels) {
    int tiles = (panels + PANELS - 1) / PANELS;
    return (panels + tiles - 1) / tiles;
}

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

/* A bit for each element that is zero but for its sign, the first one on top. */
uint zeros_of(uint16 bits) {
    const int16 place = (int16)(1 << 15, 1 << 14, 1 << 13, 1 << 12, 1 << 11, 1 << 10, 1 << 9, 1 << 8,
                                1 << 7, 1 << 6, 1 << 5, 1 << 4, 1 << 3, 1 << 2, 1 << 1, 1);
    /* Not the halves of a vector: Oclgrind takes its element 11 for one that nobody has written. */
    int4 quarter[4] __attribute__((aligned(64)));
    *(int16 *)quarter = (bits << 1 == 0U) & place;
    int4 four = (quarter[0] | quarter[2]) | (quarter[1] | quarter[3]);
    int2 two = four.lo | four.hi;
    return two.x | two.y;
}

/* Of up to WORD inputs of two rows those that are not zero in both. The last ones, if they are no
 * whole vector, count as not zero. */
ulong mask_inputs(__global const float *restrict x, __global const float *restrict other,
                  int inputs) {
    ulong mask = ALL(inputs);
    for (int k = 0; k + 16 <= inputs; k += 16) {
        uint16 bits = as_uint16(vload16(0, x + k)) | as_uint16(vload16(0, other + k));
        mask &= ~((ulong)zeros_of(bits) << (WORD - 16 - k));
    }
    return mask;
}

/* WIDTH panels of a pair of rows, over the inputs of a mask from the input k on. The sums begin with
 * the bias, and are kept until the last inputs come. Of a row without another one is_pair is 0. By
 * pointers: a tile takes 250 cycles, and a struct to copy for each is some of them. */
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

/* A share of the weights that come next, one for each pair of rows: from the third cache, while the
 * pair is computed. */
void fetch_weights(__global const vector *coming, int next, int width, int pair, int pairs) {
    int share = (WORD + pairs - 1) / pairs, end = min((pair + 1) * share, WORD);
    for (int k = pair * share; k < end; k++)
        for (int p = 0; p < width; p++)
            FETCH(coming + k + p * next);
}

/* y = activation(x W^T + b), for up to MOST_ROWS rows and the panels from `first` to `end`.
 *
 *          WORD inputs     PANELS x PANEL
 *         o-----------o   o-------------o
 *   pairs |     x     |   | y           |  a pair's sums: for each input that is not zero in both
 *   of    |           |   |             |  rows the weights' vectors times the rows' two numbers.
 *   rows  o-----------o   o-------------o  WORD inputs' weights of some panels stay in the first
 *                         | weights     |  cache while all pairs of rows pass by
 *                         o-------------o */
void forward_rows(__global float *restrict y, __global float *restrict z,
                  __global const float *restrict x, __global const vector *restrict w, int rows,
                  int first, int end, int sparse, forward_t f) {
    ulong mask[MOST_ROWS / 2 * MOST_COLS / WORD];
    vector kept[MOST_ROWS / 2][2 * PANELS];
    const int words = (f.inputs + WORD - 1) / WORD, pairs = (rows + 1) / 2, next = f.inputs + 1;
    const int is_far = (size_t)f.inputs * f.outputs / 8 > NEAR;
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
            __global const vector *coming = weights + (word + 1 < words ? k + WORD : width * next);
            for (int pair = 0; pair < pairs; pair++) {
                size_t row = 2 * pair, at = row * f.y_stride + panel * PANEL;
                if (is_far)
                    fetch_weights(coming, next, width, pair, pairs);
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
    finish_forward(y, z, (sum[0] + sum[1]) + (sum[2] + sum[3]), &f);
}

/* The same row by row, for a thin batch. */
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
