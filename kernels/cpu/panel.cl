/* Common to the CPU kernels of the linear layer: the layout of its parameters, and tiles that skip
 * zeros. With a work-group size of 1, a work-item computes tiles of the output in private vectors
 * of PANEL columns, without local memory and barriers.
 *
 * A panel is PANEL columns (outputs) of the parameter matrix, packed so that a row of them is one
 * vector. The bias is the row after the last input:
 *
 *                 PANEL              weight of output o, input k:
 *            o-------------o           w[((o / PANEL) * (inputs + 1) + k) * PANEL + o % PANEL]
 *          k |  panel 0    |         bias of output o: k = inputs
 *   inputs+1 |             |         outputs are padded with zeros to a multiple of PANEL
 *            o-------------o
 *            |  panel 1    |   Each product reads panels as a stream of whole vectors; the update works
 *            o-------------o   element by element, so the layout does not matter to it.
 *
 * Batches are [rows][stride]; the stride is a multiple of PANEL. A batch of at most THIN_ROWS rows is
 * "thin" and computed row by row: the weights are read as one stream, and tiles gain nothing.
 *
 * Many factors are zero: half of the pixels, and more of a ReLU's output. So tiles are low and wide
 * (a pair of numbers times PANELS panels), and pairs of zeros are skipped: a mask has a bit for each
 * of WORD pairs, the first pair in the highest bit. Skipping does not change the bits of the sums,
 * unless the other factor is not finite (zero times it is NaN); the trainer detects those anyway,
 * because it checks weights and losses. */
#ifndef FM_CPU_PANEL_CL
#define FM_CPU_PANEL_CL

#ifndef PANEL
#define PANEL 16 /* floats per vector: two AVX2 registers, or one of AVX-512 */
#endif
#ifndef PANELS
#define PANELS 3 /* per tile: 2 x 3 x 2 registers of sums leave 4 of AVX2's 16 for operands */
#endif
#ifndef THIN_ROWS
#define THIN_ROWS 16
#endif
#ifndef MOST_ROWS
#define MOST_ROWS 64 /* that a work-item takes through a layer at a time */
#endif
#ifndef MOST_COLS
#define MOST_COLS 8192
#endif
#ifndef CACHED
#define CACHED 65536 /* floats of a matrix that stay in the L2 cache */
#endif

/* Prefetches the cache line at p. OpenCL's prefetch() has no effect on the CPU drivers tested so
 * far; the compiler's built-in has. Not with SPIR: Mesa's translator aborts on it, and Oclgrind does
 * not support it. */
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
/* The compiler keeps the sums in registers only if the loops over them are unrolled. */
#define UNROLL        _Pragma("unroll")

#define WORD     64
#define TOP      (1UL << (WORD - 1))
#define ALL(N)   (~0UL << (WORD - (N))) /* a mask of N pairs, 1 to WORD */

/* For each pair i of the mask, adds the products of its two numbers, ONE and OTHER, with the vector
 * COLUMN of each panel p to the sums of a tile. Not fma(), which some drivers compile to a function
 * call: the compiler fuses a product and a sum in one expression if the hardware can. */
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

/* The widths of tiles in panels. Tiles divide a layer's panels evenly, because a tile with few sums has
 * to wait for the latency of each addition. */
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

/* A bit for each element that is 0 or -0, the first element in the highest bit. */
uint zeros_of(uint16 bits) {
    const int16 bit = (int16)(1 << 15, 1 << 14, 1 << 13, 1 << 12, 1 << 11, 1 << 10, 1 << 9, 1 << 8,
                                1 << 7, 1 << 6, 1 << 5, 1 << 4, 1 << 3, 1 << 2, 1 << 1, 1);
    /* Not .hi and .lo of an int16: Oclgrind takes element 11 for uninitialized. */
    int4 quarter[4] __attribute__((aligned(64)));
    *(int16 *)quarter = (bits << 1 == 0U) & bit;
    int4 four = (quarter[0] | quarter[2]) | (quarter[1] | quarter[3]);
    int2 two = four.lo | four.hi;
    return two.x | two.y;
}

/* A mask of up to WORD inputs that are not zero in at least one of two rows. Inputs after the last
 * whole vector count as not zero. */
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
