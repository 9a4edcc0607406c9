/* The gradient of a linear layer's parameters on a CPU, dW = dy^T x and db = the sum of dy's rows. It
 * updates the parameters, or is stored (rule FM_UPDATE_STORE).
 *
 *   x            [rows][x_stride], `inputs` columns in use; the bias's input is a column of ones
 *   dy           [rows][y_stride], zero between the last output and the next whole panel
 *   parameters   panels (cpu/panel.cl); the optimizer's state is `size` floats further */
#ifndef FM_CPU_LINEAR_BACKWARD_PARAMETERS_CL
#define FM_CPU_LINEAR_BACKWARD_PARAMETERS_CL

#include "common/update.cl"
#include "cpu/panel.cl"

#ifndef LINES
#define LINES 2 /* of PANEL inputs, whose rows share the L1 cache with a tile's rows of dy */
#endif
#define PAIRS (PANEL / 2) /* per line */
#define KEPT  (64 / LINES) /* panels whose sums a work-item keeps between blocks of rows */

DEFINE_UPDATE(update_vector, vector)

/* The same update, with a rule that the compiler knows. */
fm_update adam_of(fm_update u) {
    u.rule = FM_UPDATE_ADAM;
    return u;
}

/* PANEL inputs of a block of WORD rows, packed, with a mask for each pair of inputs: the rows in which
 * at least one of the two is not zero. The other rows add nothing. */
typedef struct {
    vector row[WORD];
    ulong mask[PAIRS];
} line_t;

typedef struct {
    int inputs, x_stride, y_stride, rows;
    int sparse;
    int size; /* floats from a parameter to its state */
} gradient_t;

/* Computes the masks of all PAIRS pairs at once: each row adds a bit to all of them. */
void mask_rows(line_t *line, int rows) {
    ulong8 mask = 0;
    for (int r = 0; r < rows; r++) {
        ulong8 pairs = as_ulong8(line->row[r]) & 0x7fffffff7fffffffUL; /* 0 and -0 */
        mask |= as_ulong8(pairs != 0UL) & (TOP >> r);
    }
    vstore8(mask, 0, line->mask);
}

/* Packs PANEL inputs of `rows` rows (1 to WORD), starting at x. If the layer's inputs end within the
 * line, the bias's input, always 1, follows them, and then zeros. */
void pack_line(line_t *line, __global const float *restrict x, int inputs, int rows, gradient_t s) {
    for (int r = 0; r < rows; r++, x += s.x_stride) {
        if (inputs >= PANEL) {
            line->row[r] = *(__global const vector *)x;
        } else {
            float row[PANEL];
            for (int j = 0; j < PANEL; j++)
                row[j] = j < inputs ? x[j] : j == inputs ? 1.0f : 0.0f;
            line->row[r] = JOIN(vload, PANEL)(0, row);
        }
    }
    if (s.sparse)
        mask_rows(line, rows);
    else
        for (int pair = 0; pair < PAIRS; pair++)
            line->mask[pair] = ALL(rows);
}

/* Prefetches a block of dy, `width` panels wide. */
void fetch_block(__global const float *dy, int rows, int width, int stride) {
    for (int r = 0; r < rows; r++)
        for (int p = 0; p < width; p++)
            FETCH(dy + (size_t)r * stride + p * PANEL);
}

/* Prefetches some rows of the next lines. They are too far apart for the processor's own prefetcher. */
void fetch_lines(__global const float *x, int first, int end, int stride) {
    for (int r = first; r < end; r++)
        UNROLL for (int l = 0; l < LINES; l++)
            FETCH(x + (size_t)r * stride + l * PANEL);
}

/* Updates a tile's parameters: those of both inputs of the pair, or of the first one if the second would
 * come after the bias. A macro, because passing the sums to a function would move them out of registers
 * and make updates 9 % slower. */
#define UPDATE_TILE(WIDTH, RULE)                                                                   \
    UNROLL for (int p = 0; p < WIDTH; p++)                                                         \
        UNROLL for (int j = 0; j < 2; j++)                                                         \
            if (j == 0 || is_pair)                                                                 \
                update_vector(parameters + p * next + j * PANEL, s->size, sum[p][j], RULE);

/* Computes WIDTH panels of a pair of inputs over the rows of a block, and the update after the last
 * block. In the call for Adam the compiler knows the rule, so the loops do not test it. */
#define DEFINE_PARAMETERS(WIDTH)                                                                   \
    void parameters_tile_##WIDTH(__global float *restrict parameters, vector *restrict kept,       \
                                 const line_t *restrict line, int pair,                            \
                                 __global const float *restrict dy, int is_first, int is_last,     \
                                 int is_pair, const gradient_t *s, const fm_update *u) {           \
        const int next = (s->inputs + 1) * PANEL;                                                  \
        const float *x = (const float *)line->row + 2 * pair;                                      \
        vector sum[WIDTH][2];                                                                      \
        if (is_last)                                                                               \
            for (int slot = 0; slot < 3; slot++)                                                   \
                UNROLL for (int p = 0; p < WIDTH; p++)                                             \
                    UNROLL for (int j = 0; j < 2; j++)                                             \
                        FETCH(parameters + slot * s->size + p * next + j * PANEL);                 \
        UNROLL for (int p = 0; p < WIDTH; p++)                                                     \
            UNROLL for (int j = 0; j < 2; j++)                                                     \
                sum[p][j] = is_first ? 0.0f : kept[2 * p + j];                                     \
        ADD_PAIRS(sum, WIDTH, line->mask[pair], x[i * PANEL], x[i * PANEL + 1],                    \
                  *(__global const vector *)(dy + i * s->y_stride + p * PANEL))                    \
        if (is_last && u->rule == FM_UPDATE_ADAM) {                                                \
            UPDATE_TILE(WIDTH, adam_of(*u))                                                        \
        } else if (is_last) {                                                                      \
            UPDATE_TILE(WIDTH, *u)                                                                 \
        } else {                                                                                   \
            UNROLL for (int p = 0; p < WIDTH; p++)                                                 \
                UNROLL for (int j = 0; j < 2; j++)                                                 \
                    kept[2 * p + j] = sum[p][j];                                                   \
        }                                                                                          \
    }

FOR_EACH_WIDTH(DEFINE_PARAMETERS)

/* Processes a block of rows for the panels `first` to `end` - 1 and LINES lines of inputs, starting at
 * input k. x points to the block's inputs, dy to its panel `first`. */
void parameters_block(__global float *restrict parameters, vector *restrict kept, line_t *line,
                      __global const float *restrict x, __global const float *restrict dy, int k,
                      int first, int end, int row, gradient_t s, fm_update u) {
    const int rows = min(WORD, s.rows - row), is_last = row + rows == s.rows;
    const int pairs = min(LINES * PAIRS, (s.inputs + 2 - k) / 2);
    const int tiles = pairs * ((end - first + PANELS - 1) / PANELS);
    const int share = (WORD + tiles - 1) / tiles; /* of the next rows, prefetched with each tile */
    const int is_far = s.rows * s.y_stride > CACHED;
    __global const float *next_rows =
        is_last ? x - (size_t)row * s.x_stride + LINES * PANEL : x + (size_t)WORD * s.x_stride;
    for (int l = 0; l * PAIRS < pairs; l++)
        pack_line(&line[l], x + l * PANEL, s.inputs - k - l * PANEL, rows, s);
    for (int panel = first, width, fetched = 0; panel < end; panel += width) {
        width = tile_width(end - panel);
        if (is_far && panel + width < end)
            fetch_block(dy + width * PANEL, rows, tile_width(end - panel - width), s.y_stride);
        for (int pair = 0; pair < pairs; pair++, fetched += share) {
            __global float *tile =
                parameters + ((size_t)panel * (s.inputs + 1) + k + 2 * pair) * PANEL;
            fetch_lines(next_rows, min(fetched, WORD), min(fetched + share, WORD), s.x_stride);
#define COMPUTE(WIDTH)                                                                             \
    if (width == WIDTH)                                                                            \
        parameters_tile_##WIDTH(tile, kept, &line[pair / PAIRS], pair % PAIRS, dy, row == 0,       \
                                is_last, k + 2 * pair < s.inputs, &s, &u);
            FOR_EACH_WIDTH(COMPUTE)
#undef COMPUTE
            kept += 2 * width;
        }
        dy += width * PANEL;
    }
}

/* Computes the gradient [inputs + 1][outputs] = (x 1)^T dy and the update of LINES lines of inputs,
 * starting at input k, and the panels `first` to `end` - 1.
 *
 *               PANELS x PANEL
 *              o-------------o
 *   pairs of   | dW          |   a pair's sums over the rows of the batch; the bias comes after the
 *   inputs + 1 o-------------o   last input
 *
 * The batch is processed in blocks of WORD rows. The lines of a block and the tile's panels of dy stay in
 * the L1 cache for all pairs of all panels. The sums of KEPT panels are kept until the next block; for
 * more panels the inputs are packed again. */
void parameters_tiles(__global float *restrict parameters, __global const float *restrict x,
                      __global const float *restrict dy, int k, int first, int end, gradient_t s,
                      fm_update u) {
    line_t line[LINES];
    vector kept[KEPT * LINES * PANEL];
    for (int last, from = first; from < end; from = last) {
        last = min(from + KEPT, end);
        for (int row = 0; row < s.rows; row += WORD)
            parameters_block(parameters, kept, line, x + (size_t)row * s.x_stride + k,
                             dy + (size_t)row * s.y_stride + from * PANEL, k, from, last, row, s, u);
    }
}

/* The same as parameters_tiles for a thin batch and one panel: inputs `first` to `end` - 1, where the
 * bias follows the last input. */
void parameters_stripe_by(__global float *restrict w, __global const float *restrict x,
                          __global const float *restrict dy, int first, int end, gradient_t s,
                          fm_update u) {
    vector g0 = *(__global const vector *)dy;
    for (int k = first; k < end; k++, w += PANEL) {
        vector gradient = (k < s.inputs ? x[k] : 1.0f) * g0;
        for (int i = 1; i < s.rows; i++)
            gradient += (k < s.inputs ? x[i * s.x_stride + k] : 1.0f) *
                        *(__global const vector *)(dy + i * s.y_stride);
        update_vector(w, s.size, gradient, u);
    }
}

void parameters_stripe(__global float *restrict parameters, __global const float *restrict x,
                       __global const float *restrict dy, int first, int end, int panel,
                       gradient_t s, fm_update u) {
    __global float *w = parameters + ((size_t)panel * (s.inputs + 1) + first) * PANEL;
    if (u.rule == FM_UPDATE_ADAM)
        parameters_stripe_by(w, x, dy + panel * PANEL, first, end, s, adam_of(u));
    else
        parameters_stripe_by(w, x, dy + panel * PANEL, first, end, s, u);
}

#endif
