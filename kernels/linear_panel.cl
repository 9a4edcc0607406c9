/* The linear layer on a CPU, as functions for the kernels of chain.cl: a work-item alone in its
 * work-group computes tiles of the output in private vectors, PANEL columns wide and ROWS rows
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
 * the CPU drivers seen so far; the compiler's does, where there is one. */
#ifdef __has_builtin
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
DEFINE_ACTIVATION_BACKWARD(activation_backward_vector, vector)
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

/* The inputs that are not zero in all of ROWS rows: where they are pixels, a sixth is left out. */
int list_inputs(ushort *list, __global const float *restrict x, int inputs, int x_stride) {
    uint bits[16] __attribute__((aligned(64))); /* as a vector must be */
    int count = 0, k = 0;
    for (; k + 16 <= inputs; k += 16) {
        uint16 sixteen = 0;
        UNROLL for (int r = 0; r < ROWS; r++)
            sixteen |= as_uint16(vload16(0, x + r * x_stride + k));
        *(uint16 *)bits = sixteen << 1; /* the sign of a zero does not count */
        UNROLL for (int i = 0; i < 16; i++) {
            list[count] = (ushort)(k + i);
            count += bits[i] != 0;
        }
    }
    for (; k < inputs; k++)
        list[count++] = (ushort)k;
    return count;
}

#ifndef LIST_SPACE
#define LIST_SPACE 8192 /* inputs of all of a block's lists, and so at least those of one */
#endif
#ifndef LIST_TILES
#define LIST_TILES 16
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
 * Pixels are listed before, a list for each tile of rows, once for all panels. */
void forward_rows(__global float *restrict y, __global float *restrict z,
                  __global const float *restrict x, __global const vector *restrict w, int rows,
                  int first, int end, int thin, int pixels, forward_t f) {
    ushort list[LIST_SPACE];
    int counts[LIST_TILES];
    int lists = pixels && !thin ? min(min(rows / ROWS, LIST_TILES), LIST_SPACE / f.inputs) : 0;
    for (int t = 0; t < lists; t++)
        counts[t] = list_inputs(list + t * f.inputs, x + (size_t)t * ROWS * f.x_stride, f.inputs,
                                f.x_stride);
    for (int panel = first; panel < end; panel++) {
        __global const vector *column = w + (size_t)panel * (f.inputs + 1);
        int step;
        for (int row = 0, tile = 0; row < rows; row += step, tile++) {
            __global float *to = y + (size_t)row * f.y_stride + panel * PANEL;
            __global float *kept = z + (size_t)row * f.y_stride + panel * PANEL;
            __global const float *from = x + (size_t)row * f.x_stride;
            if (!thin && panel + 1 < end)
                fetch_panel(column + f.inputs + 1, f.inputs, tile, (rows + ROWS - 1) / ROWS);
            if (thin) {
                forward_thin(to, kept, from, column, f);
                step = 1;
            } else if (tile < lists) {
                forward_listed(to, kept, from, column, list + tile * f.inputs, counts[tile], f);
                step = ROWS;
            } else if (row + ROWS <= rows) {
                forward_tile(to, kept, from, column, 0, f.inputs, f);
                step = ROWS;
            } else if (row + 4 <= rows) {
                forward_four(to, kept, from, column, 0, f.inputs, f);
                step = 4;
            } else if (row + 2 <= rows) {
                forward_pair(to, kept, from, column, 0, f.inputs, f);
                step = 2;
            } else {
                forward_one(to, kept, from, column, 0, f.inputs, f);
                step = 1;
            }
        }
    }
}

typedef struct {
    int activation, inputs, outputs, x_stride, y_stride;
} backward_t;

/* Turns a block of PANEL x PANEL floats: to[j][i] = from[i][j]. */
#define DEFINE_TURN(NAME, SPACE)                                                                   \
    void NAME(SPACE float *restrict to, SPACE const float *restrict from, int stride) {            \
        for (int i = 0; i < PANEL; i += 4)                                                         \
            for (int j = 0; j < PANEL; j += 4) {                                                   \
                SPACE const float *f = from + i * stride + j;                                      \
                SPACE float *t = to + j * PANEL + i;                                               \
                float4 a = vload4(0, f), b = vload4(0, f + stride);                                \
                float4 c = vload4(0, f + 2 * stride), d = vload4(0, f + 3 * stride);               \
                vstore4((float4)(a.x, b.x, c.x, d.x), 0, t);                                       \
                vstore4((float4)(a.y, b.y, c.y, d.y), 0, t + PANEL);                               \
                vstore4((float4)(a.z, b.z, c.z, d.z), 0, t + 2 * PANEL);                           \
                vstore4((float4)(a.w, b.w, c.w, d.w), 0, t + 3 * PANEL);                           \
            }                                                                                      \
    }

DEFINE_TURN(turn_global, __global)
DEFINE_TURN(turn_private, __private)

/* Turns PANEL rows of dy so that one output of all of them is a vector: turned[output][row]. */
void turn_rows(__global float *restrict turned, __global const float *restrict dy, int outputs,
               int stride) {
    for (int o = 0; o < outputs; o += PANEL)
        turn_global(turned + o * PANEL, dy + o, stride);
}

/* dx = gradient * activation'(z), told from y, for `height` rows and `width` inputs, of which the
 * gradients stand in turned[input][row]. Columns after the last input become zeros. */
void finish_backward(__global float *restrict dx, __global const float *restrict y, float *turned,
                     int width, int height, backward_t b) {
    float block[PANEL * PANEL] __attribute__((aligned(4 * PANEL))); /* as a vector must be */
    for (int k = width; k % PANEL; k++)
        *(vector *)(turned + k * PANEL) = 0.0f;
    for (int k = 0; k < width; k += PANEL) {
        turn_private(block, turned + k * PANEL, PANEL);
        for (int r = 0; r < height; r++) {
            size_t at = (size_t)r * b.x_stride + k;
            vector gradient = *(vector *)(block + r * PANEL);
            if (b.activation != FM_IDENTITY)
                gradient = activation_backward_vector(gradient, *(__global const vector *)(y + at),
                                                      b.activation);
            *(__global vector *)(dx + at) = gradient;
        }
    }
}

/* The gradients of the inputs k to k + ROWS - 1 in PANEL rows: adds what the panels of outputs from
 * `first` to `end` give, the first of which begins the sums. The weights are read in the panels they
 * live in, as the numbers that multiply; the vectors go along the rows of the batch.
 *
 *            PANEL rows
 *            o-------o
 *       ROWS |       |   ROWS vectors of sums, over the outputs
 *            o-------o */
void backward_tile(float *tile, __global const float *restrict turned,
                   __global const float *restrict parameters, int k, int first, int end,
                   backward_t b) {
    vector sum[ROWS];
    UNROLL for (int j = 0; j < ROWS; j++)
        sum[j] = first ? *(vector *)(tile + j * PANEL) : 0.0f;
    for (int panel = first; panel < end; panel++) {
        __global const float *w = parameters + ((size_t)panel * (b.inputs + 1) + k) * PANEL;
        __global const vector *g = (__global const vector *)turned + panel * PANEL;
        int outputs = min(PANEL, b.outputs - panel * PANEL);
        for (int o = 0; o < outputs; o++) {
            vector column = g[o];
            UNROLL for (int j = 0; j < ROWS; j++)
                sum[j] += w[j * PANEL + o] * column;
        }
    }
    UNROLL for (int j = 0; j < ROWS; j++)
        *(vector *)(tile + j * PANEL) = sum[j];
}

#define CHUNK (ROWS * PANEL) /* inputs that are turned back together: whole tiles, whole blocks */
#ifndef BLOCKS
#define BLOCKS 4 /* of PANEL rows, that share a piece of the weights */
#endif
#ifndef DEPTH
#define DEPTH 16 /* panels of such a piece: CHUNK x DEPTH x PANEL floats, 98 KB in the second cache */
#endif

/* dx = (dy W) * activation'(z) for `rows` rows, at most BLOCKS * PANEL, and the inputs from `first`,
 * a multiple of PANEL, to `end`, another one or the last input. The blocks of dy stand in
 * turned[block][output][row], a block after each `block_stride` floats. */
void backward_rows(__global float *restrict dx, __global const float *restrict turned,
                   int block_stride, __global const float *restrict parameters,
                   __global const float *restrict y, int first, int end, int rows, backward_t b) {
    float kept[BLOCKS][CHUNK * PANEL] __attribute__((aligned(4 * PANEL)));
    int panels = (b.outputs + PANEL - 1) / PANEL;
    for (int begin = first; begin < end; begin += CHUNK) {
        int width = min(CHUNK, end - begin);
        for (int panel = 0; panel < panels; panel += DEPTH)
            for (int block = 0; block * PANEL < rows; block++)
                for (int k = 0; k < width; k += ROWS)
                    backward_tile(kept[block] + k * PANEL, turned + (size_t)block * block_stride,
                                  parameters, begin + k, panel, min(panel + DEPTH, panels), b);
        for (int block = 0, row = 0; row < rows; block++, row += PANEL) {
            size_t at = (size_t)row * b.x_stride + begin;
            finish_backward(dx + at, y + at, kept[block], width, min(PANEL, rows - row), b);
        }
    }
}

/* PANEL is 16, or the halves would not add up. */
float sum_of(vector v) {
    float8 eight = v.lo + v.hi;
    float4 four = eight.lo + eight.hi;
    float2 two = four.lo + four.hi;
    return two.x + two.y;
}

/* The same for one row: an input's number is the product of two rows, as long as there are
 * outputs. */
void backward_input_row(__global float *restrict dx, __global const float *restrict dy,
                        __global const float *restrict parameters,
                        __global const float *restrict y, int first, int end, backward_t b) {
    int panels = (b.outputs + PANEL - 1) / PANEL;
    __global const vector *w = (__global const vector *)parameters;
    __global const vector *g = (__global const vector *)dy;
    for (int k = first; k < end; k++) {
        vector sum = 0.0f;
        for (int panel = 0; panel < panels; panel++)
            sum += w[(size_t)panel * (b.inputs + 1) + k] * g[panel];
        dx[k] = activation_backward(sum_of(sum), b.activation != FM_IDENTITY ? y[k] : 0.0f,
                                    b.activation);
    }
}

#ifndef TILES
#define TILES 4 /* tiles of BLOCK rows that are in the first cache together with a block of dy */
#endif
#ifndef BLOCK
#define BLOCK 128 /* rows of dy, a panel wide: 8 KB */
#endif
#ifndef PACKED_ROWS
#define PACKED_ROWS (TILES * 1024) /* of all tiles of a group; in a larger batch none are packed */
#endif

/* Inputs of the batch, ROWS of them, close together, and the rows that they are of. */
typedef struct {
    float value[PACKED_ROWS][ROWS];
    ushort row[PACKED_ROWS];
} packed_t;

/* Packs `width` inputs of the rows from `row` to `end`, after the `count` that are there; of pixels
 * only rows with something else than zeros among them. The others add nothing, and they are a third
 * of all. Rows lie so far apart that the processor does not fetch them ahead by itself. After the last of the inputs, if there are not ROWS, comes the bias's, always 1. */
int pack_rows(packed_t *packed, int count, __global const float *restrict x, int width, int row,
              int end, int x_stride, int pixels) {
    for (x += (size_t)row * x_stride; row < end; row++, x += x_stride) {
        uint bits = 0;
        FETCH(x + 16 * x_stride);
        FETCH(x + 16 * x_stride + 16);
        packed->row[count] = (ushort)row;
        if (width == ROWS) {
            UNROLL for (int j = 0; j < ROWS; j++) {
                packed->value[count][j] = x[j];
                bits |= as_uint(x[j]);
            }
            count += !pixels || (bits << 1) != 0; /* the sign of a zero does not count */
        } else {
            for (int j = 0; j < ROWS; j++)
                packed->value[count][j] = j < width ? x[j] : j == width ? 1.0f : 0.0f;
            count++;
        }
    }
    return count;
}

typedef struct {
    int inputs, x_stride, y_stride, rows;
    int pixels;
    int size; /* floats from a parameter to its state */
} gradient_t;

/* A tile's parameters and their state, which the update will want when the sums are ready. */
void fetch_tile(__global const float *parameters, int size) {
    for (int slot = 0; slot < 3; slot++, parameters += size)
        UNROLL for (int j = 0; j < ROWS; j++)
            FETCH(parameters + j * PANEL);
}

/* Adds to the sums of ROWS inputs and a panel what the packed rows from `first` to `end` give; with
 * the last of them comes the update of the first `height`. */
void parameters_packed(__global float *restrict parameters, vector *restrict kept,
                       const packed_t *packed, int first, int end,
                       __global const float *restrict dy, int is_first, int is_last, int height,
                       gradient_t s, update_t u) {
    vector sum[ROWS];
    if (is_last)
        fetch_tile(parameters, s.size);
    UNROLL for (int j = 0; j < ROWS; j++)
        sum[j] = is_first ? 0.0f : kept[j];
    for (int i = first; i < end; i++) {
        vector g = *(__global const vector *)(dy + (size_t)packed->row[i] * s.y_stride);
        UNROLL for (int j = 0; j < ROWS; j++)
            sum[j] += packed->value[i][j] * g;
    }
    if (is_last && height == ROWS) {
        BY_RULE(u, UNROLL for (int j = 0; j < ROWS; j++)
                       update_vector(parameters + j * PANEL, s.size, sum[j], u));
        return;
    }
    UNROLL for (int j = 0; j < ROWS; j++)
        kept[j] = sum[j];
    if (is_last)
        for (int j = 0; j < height; j++)
            update_vector(parameters + j * PANEL, s.size, kept[j], u);
}

/* The same of a batch that is not packed: from x itself, where width of the inputs are there, and
 * after them, if that is not all, the bias: the input that is always 1. */
void parameters_unpacked(__global float *restrict parameters, __global const float *restrict x,
                         __global const float *restrict dy, int width, gradient_t s, update_t u) {
    vector sum[ROWS];
    UNROLL for (int j = 0; j < ROWS; j++)
        sum[j] = 0.0f;
    for (int i = 0; i < s.rows; i++, x += s.x_stride, dy += s.y_stride) {
        vector g = *(__global const vector *)dy;
        UNROLL for (int j = 0; j < ROWS; j++)
            sum[j] += (j < width ? x[j] : 1.0f) * g;
    }
    for (int j = 0; j < min(width + 1, ROWS); j++)
        update_vector(parameters + j * PANEL, s.size, sum[j], u);
}

/* The parameters' gradient [inputs + 1 x outputs] = (x 1)^T dy, and the update with it: `tiles`
 * tiles of inputs from the input k on, and the panels from `first` to `end`.
 *
 *              PANEL
 *             o-----o
 *   inputs+1: | dW  |   ROWS x PANEL sums over the rows of the batch; the bias comes after the last
 *   ROWS each o-----o   input
 *
 * A panel of dy is taken in blocks of rows, each of which stays in the first cache while the tiles
 * pass by. */
void parameters_tiles(__global float *restrict parameters, __global const float *restrict x,
                      __global const float *restrict dy, int k, int tiles, int first, int end,
                      gradient_t s, update_t u) {
    packed_t packed;
    vector kept[TILES][ROWS];
    int start[PACKED_ROWS / BLOCK + TILES + 1];
    int blocks = (s.rows + BLOCK - 1) / BLOCK, is_packed = tiles * s.rows <= PACKED_ROWS;
    tiles = min(tiles, (s.inputs - k + ROWS) / ROWS);
    int count = start[0] = 0;
    for (int b = 0; is_packed && b < blocks; b++)
        for (int t = 0, at = k; t < tiles; t++, at += ROWS)
            start[b * tiles + t + 1] = count =
                pack_rows(&packed, count, x + at, min(ROWS, s.inputs - at), b * BLOCK,
                          min((b + 1) * BLOCK, s.rows), s.x_stride, s.pixels);
    for (int panel = first; panel < end; panel++) {
        __global float *w = parameters + ((size_t)panel * (s.inputs + 1) + k) * PANEL;
        __global const float *g = dy + panel * PANEL;
        for (int b = 0; is_packed && b < blocks; b++)
            for (int t = 0; t < tiles; t++)
                parameters_packed(w + t * ROWS * PANEL, kept[t], &packed, start[b * tiles + t],
                                  start[b * tiles + t + 1], g, b == 0, b == blocks - 1,
                                  min(ROWS, s.inputs + 1 - k - t * ROWS), s, u);
        for (int t = 0, at = k; !is_packed && t < tiles; t++, at += ROWS)
            parameters_unpacked(w + t * ROWS * PANEL, x + at, g, min(ROWS, s.inputs - at), s, u);
    }
}

/* The same for a few rows: inputs first to end - 1, the bias after the last one among them, and one
 * panel. */
void parameters_stripe(__global float *restrict parameters, __global const float *restrict x,
                       __global const float *restrict dy, int first, int end, int panel,
                       gradient_t s, update_t u) {
    __global float *w = parameters + ((size_t)panel * (s.inputs + 1) + first) * PANEL;
    dy += panel * PANEL;
    vector g0 = *(__global const vector *)dy;
    BY_RULE(u, for (int k = first; k < end; k++, w += PANEL) {
        vector gradient = (k < s.inputs ? x[k] : 1.0f) * g0;
        for (int i = 1; i < s.rows; i++)
            gradient += (k < s.inputs ? x[i * s.x_stride + k] : 1.0f) *
                        *(__global const vector *)(dy + i * s.y_stride);
        update_vector(w, s.size, gradient, u);
    });
}
