/* What the linear layer's kernels on a CPU share: the layout of its parameters, and tiles that leave
 * out zeros. A work-item alone in its work-group computes tiles of the output in private vectors,
 * PANEL columns wide, with no local memory and no barrier.
 *
 * A panel is PANEL outputs of the parameters, packed so that a row of them is one vector; the bias is
 * the row after the last input:
 *
 *                 PANEL              weight of output o, input k:
 *            o-------------o           w[((o / PANEL) * (inputs + 1) + k) * PANEL + o % PANEL]
 *          k |  panel 0    |         bias of output o: k = inputs
 *   inputs+1 |             |         outputs are padded with zeros to a multiple of PANEL
 *            o-------------o
 *            |  panel 1    |   So each product reads them as a stream of whole vectors, and the update,
 *            o-------------o   element by element, does not depend on the layout.
 *
 * Batches are rows [row][stride]; the stride is a multiple of PANEL. A batch of up to THIN_ROWS rows
 * is thin: it is computed row by row, because the weights are then one stream and tiles gain nothing.
 *
 * Many factors are zero: half of the pixels, and more of a ReLU's output. So tiles are low and wide,
 * a pair of numbers times PANELS panels, and a pair of zeros is skipped: a mask has a bit for each of
 * WORD pairs, the first one on top. The sums are the same bits without it, unless the other factor is
 * not finite: zero times that is NaN. Nothing is lost, for the trainer checks weights and losses. */
#ifndef FM_CPU_PANEL_CL
#define FM_CPU_PANEL_CL

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
#define MOST_ROWS 64 /* that a work-item takes through a layer at a time, unless they are thin */
#endif
#ifndef MOST_COLS
#define MOST_COLS 8192
#endif
#ifndef CACHED
#define CACHED 65536 /* floats of a matrix that stay in the L2 cache */
#endif

/* Prefetches the cache line at p. OpenCL's own prefetch() does nothing on the CPU drivers tested so
 * far; the compiler's built-in does. Not with SPIR: Mesa's translator ends the process over it, and
 * Oclgrind does not know it. */
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
/* The sums become registers only when the loops over them are unrolled. */
#define UNROLL        _Pragma("unroll")

#define WORD     64
#define TOP      (1UL << (WORD - 1))
#define ALL(N)   (~0UL << (WORD - (N))) /* of so many pairs, 1 to WORD */

/* Adds to the sums of a tile: for each pair i of the mask its two numbers, ONE and OTHER, times the
 * vector COLUMN of each panel p. Not fma(): some drivers compile it to a function call; a product and
 * a sum in one expression are fused where the hardware can. */
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

/* The widths of tiles. A layer's panels are divided evenly among tiles: in a tile with few sums each
 * product would wait for the one before it. */
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

/* A bit for each element that is 0 or -0, the first one on top. */
uint zeros_of(uint16 bits) {
    const int16 place = (int16)(1 << 15, 1 << 14, 1 << 13, 1 << 12, 1 << 11, 1 << 10, 1 << 9, 1 << 8,
                                1 << 7, 1 << 6, 1 << 5, 1 << 4, 1 << 3, 1 << 2, 1 << 1, 1);
    /* Not .hi and .lo of an int16: Oclgrind takes element 11 for uninitialized. */
    int4 quarter[4] __attribute__((aligned(64)));
    *(int16 *)quarter = (bits << 1 == 0U) & place;
    int4 four = (quarter[0] | quarter[2]) | (quarter[1] | quarter[3]);
    int2 two = four.lo | four.hi;
    return two.x | two.y;
}

/* Of up to WORD inputs of two rows those that are not zero in both. Inputs after the last whole vector
 * count as not zero. */
ulong mask_inputs(__global const float *restrict x, __global const float *restrict other,
                  int inputs) {
    ulong mask = ALL(inputs);
    for (int k = 0; k + 16 <= inputs; k += 16) {
        uint16 bits = as_uint16(vload16(0, x + k)) | as_uint16(vload16(0, other + k));
        mask &= ~((ulong)zeros_of(bits) << (WORD - 16 - k));
    }
    return mask;
}

#endif
