/* The gradient of a linear layer's parameters on a CPU, dW = x^T dy, and their update. With the
 * layout of linear_panel.cl, which comes before it. */
#ifndef TILES
#define TILES 4 /* whose inputs of BLOCK rows are in the first cache with a panel's block of dy */
#endif
#ifndef BLOCK
#define BLOCK 128 /* rows of dy, a panel wide: 8 KB */
#endif
#ifndef NEAR
#define NEAR 65536 /* floats: no more of dy than this stay in the second cache */
#endif
#ifndef PANELS
#define PANELS 32 /* whose sums a work-item keeps from block to block */
#endif

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

/* Inputs of a block of rows, ROWS of them, close together, and the rows that they are of. */
typedef struct {
    float value[TILES * BLOCK][ROWS];
    ushort row[TILES * BLOCK];
} packed_t;

/* Packs `width` inputs of the rows from `row` to `end`, after the `count` that are there; of a
 * sparse x only rows with something else than zeros among them. The others add nothing; of pixels
 * they are a third, of what a ReLU let pass a fifth to a half. After the last of the inputs, if
 * there are not ROWS, comes the bias's, always 1. Rows lie so far apart that the processor does not
 * fetch them ahead by itself. */
int pack_rows(packed_t *packed, int count, __global const float *restrict x, int width, int row,
              int end, int x_stride, int sparse) {
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
            count += !sparse || (bits << 1) != 0; /* the sign of a zero does not count */
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
    int sparse;
    int size; /* floats from a parameter to its state */
} gradient_t;

/* A tile's parameters and their state, which the update will want when the sums are ready. */
void fetch_tile(__global const float *parameters, int size) {
    for (int slot = 0; slot < 3; slot++, parameters += size)
        UNROLL for (int j = 0; j < ROWS; j++)
            FETCH(parameters + j * PANEL);
}

/* A block of dy, from its row `first` to `end`. */
void fetch_block(__global const float *dy, int first, int end, int stride) {
    for (int row = first; row < end; row++)
        FETCH(dy + (size_t)row * stride);
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

/* The parameters' gradient [inputs + 1 x outputs] = (x 1)^T dy, and the update with it: TILES tiles
 * of inputs from the input k on, and the panels from `first` to `end`.
 *
 *              PANEL
 *             o-----o
 *   inputs+1: | dW  |   ROWS x PANEL sums over the rows of the batch; the bias comes after the last
 *   ROWS each o-----o   input
 *
 * The batch is taken in blocks of rows. The tiles' inputs of a block are packed; they stay in the
 * first cache, each panel of dy's block with them, while all tiles of all panels pass by. The sums
 * wait for the next block, of PANELS panels: of more, what was packed is packed again. */
void parameters_tiles(__global float *restrict parameters, __global const float *restrict x,
                      __global const float *restrict dy, int k, int first, int end, gradient_t s,
                      update_t u) {
    packed_t packed;
    vector kept[PANELS][TILES][ROWS];
    int start[TILES + 1];
    int tiles = min(TILES, (s.inputs - k + ROWS) / ROWS), wait = s.rows > BLOCK;
    int is_far = s.rows * s.y_stride > NEAR;
    for (int last, from = first; from < end; from = last) {
        last = wait ? min(from + PANELS, end) : end;
        for (int row = 0, stop; row < s.rows; row = stop) {
            stop = min(row + BLOCK, s.rows);
            start[0] = 0;
            for (int t = 0, at = k; t < tiles; t++, at += ROWS)
                start[t + 1] = pack_rows(&packed, start[t], x + at, min(ROWS, s.inputs - at), row,
                                         stop, s.x_stride, s.sparse);
            for (int panel = from; panel < last; panel++) {
                __global float *w = parameters + ((size_t)panel * (s.inputs + 1) + k) * PANEL;
                __global const float *g = dy + panel * PANEL;
                if (is_far && panel + 1 < last)
                    fetch_block(g + PANEL, row, stop, s.y_stride);
                for (int t = 0; t < tiles; t++)
                    parameters_packed(w + t * ROWS * PANEL, kept[wait ? panel - from : 0][t],
                                      &packed, start[t], start[t + 1], g, row == 0, stop == s.rows,
                                      min(ROWS, s.inputs + 1 - k - t * ROWS), s, u);
            }
        }
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
