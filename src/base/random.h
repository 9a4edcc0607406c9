/* Random numbers: the same sequence on every machine for the same seed.
 *
 * PCG32 (M. E. O'Neill, "PCG: A Family of Simple Fast Space-Efficient Statistically Good Algorithms
 * for Random Number Generation", 2014): 64 bits of state, 2^63 streams. Each use has its own
 * stream, so that a change of one use (more layers) does not change another (the split). */
#ifndef FM_BASE_RANDOM_H
#define FM_BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

typedef struct fm_random {
    uint64_t state;
    uint64_t increment;
} fm_random;

/* The streams in use. FM_STREAM_ORDER must be the last: epoch e shuffles with FM_STREAM_ORDER + e.
 */
enum fm_stream {
    FM_STREAM_SPLIT = 1,
    FM_STREAM_WEIGHTS = 2,
    FM_STREAM_CHECK = 3,
    FM_STREAM_TUNE = 4,
    FM_STREAM_ORDER = 16
};

void fm_random_seed(fm_random *random, uint64_t seed, uint64_t stream);
uint32_t fm_random_u32(fm_random *random);
/* Uniform in [0, bound), without modulo bias; bound is at least 1. */
uint32_t fm_random_below(fm_random *random, uint32_t bound);
/* Uniform in [0, 1), a multiple of 2^-24. */
float fm_random_unit(fm_random *random);
/* Every permutation is equally likely (Fisher-Yates shuffle). */
void fm_random_shuffle(fm_random *random, uint32_t *values, size_t count);

#endif
