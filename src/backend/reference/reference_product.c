/* A tile of the result stays in registers while the loop runs over the terms of its sums. Both
 * factors are packed first, as doubles, in the order in which the tiles read them:
 *
 *        a: TILE_ROWS of the rows   b: TILE_COLS of the columns
 *     k  o----o                     o--------o
 *        |    | for each tile       |        | one at a time: it stays in the L1 cache
 *   DEPTH|    | of rows             |        | while all tiles of rows pass by
 *        o----o                     o--------o
 *
 * The product of two floats is exact in double. So a fused multiply-add, which the compiler may use
 * here, gives the same bits as a product and a sum. */
#include "backend/reference/reference_product.h"

#include <string.h>

#include "base/clones.h"

enum { TILE_ROWS = 4, TILE_COLS = 8, DEPTH = 256 };

_Static_assert(FM_REFERENCE_ROWS % TILE_ROWS == 0, "whole tiles of rows");

static size_t round_up(size_t value, size_t step) {
    return (value + step - 1) / step * step;
}

size_t fm_reference_product_space(size_t cols) {
    return (size_t)DEPTH * FM_REFERENCE_ROWS + (size_t)DEPTH * TILE_COLS +
           FM_REFERENCE_ROWS * round_up(cols, TILE_COLS);
}

/* Packs `width` rows or columns side by side, term after term; those from `count` on are zeros. */
static inline void pack(double *out, reference_factor factor, size_t width, size_t count,
                        size_t terms) {
    for (size_t k = 0; k < terms; k++) {
        const float *from = factor.values + k * factor.step;
        for (size_t i = 0; i < count; i++)
            out[k * width + i] = (double)from[i * factor.stride];
        for (size_t i = count; i < width; i++)
            out[k * width + i] = 0;
    }
}

static void pack_from(double *out, reference_factor factor, size_t first, size_t width, size_t end,
                      size_t terms) {
    factor.values += first * factor.stride;
    pack(out, factor, width, end - first < width ? end - first : width, terms);
}

/* Adds the terms to all tiles of the columns. */
FM_CLONES static void add_terms(double *restrict sums, size_t stride, const double *restrict a,
                                const double *restrict b, size_t rows, size_t terms) {
    for (size_t row = 0; row < rows; row += TILE_ROWS, a += TILE_ROWS * terms) {
        double tile[TILE_ROWS][TILE_COLS];
        for (size_t r = 0; r < TILE_ROWS; r++)
            for (size_t c = 0; c < TILE_COLS; c++)
                tile[r][c] = sums[(row + r) * stride + c];
        for (size_t k = 0; k < terms; k++)
            for (size_t r = 0; r < TILE_ROWS; r++)
                for (size_t c = 0; c < TILE_COLS; c++)
                    tile[r][c] += a[k * TILE_ROWS + r] * b[k * TILE_COLS + c];
        for (size_t r = 0; r < TILE_ROWS; r++)
            for (size_t c = 0; c < TILE_COLS; c++)
                sums[(row + r) * stride + c] = tile[r][c];
    }
}

void fm_reference_product(const double **out, size_t *stride, double *scratch, reference_factor a,
                          reference_factor b, size_t rows, size_t cols, size_t terms) {
    double *packed_a = scratch, *packed_b = packed_a + (size_t)DEPTH * FM_REFERENCE_ROWS;
    double *sums = packed_b + (size_t)DEPTH * TILE_COLS;
    *out = sums;
    *stride = round_up(cols, TILE_COLS);
    memset(sums, 0, round_up(rows, TILE_ROWS) * *stride * sizeof *sums);
    for (size_t k = 0; k < terms; k += DEPTH) {
        const size_t depth = terms - k < DEPTH ? terms - k : DEPTH;
        for (size_t row = 0; row < rows; row += TILE_ROWS)
            pack_from(packed_a + row * depth, a, row, TILE_ROWS, rows, depth);
        for (size_t col = 0; col < cols; col += TILE_COLS) {
            pack_from(packed_b, b, col, TILE_COLS, cols, depth);
            add_terms(sums + col, *stride, packed_a, packed_b, rows, depth);
        }
        a.values += depth * a.step;
        b.values += depth * b.step;
    }
}
