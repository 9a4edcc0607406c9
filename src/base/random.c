#include "base/random.h"

void fm_random_seed(fm_random *random, uint64_t seed, uint64_t stream) {
    random->state = 0;
    random->increment = (stream << 1) | 1u;
    fm_random_u32(random);
    random->state += seed;
    fm_random_u32(random);
}

uint32_t fm_random_u32(fm_random *random) {
    uint64_t old = random->state;
    random->state = old * 6364136223846793005u + random->increment;
    uint32_t mixed = (uint32_t)(((old >> 18) ^ old) >> 27);
    uint32_t rotation = (uint32_t)(old >> 59);
    return (mixed >> rotation) | (mixed << ((32u - rotation) & 31u));
}

uint32_t fm_random_below(fm_random *random, uint32_t bound) {
    /* Accepting numbers below 2^32 mod bound would make small remainders too likely. */
    uint32_t threshold = (0u - bound) % bound;
    for (;;) {
        uint32_t number = fm_random_u32(random);
        if (number >= threshold)
            return number % bound;
    }
}

float fm_random_unit(fm_random *random) {
    return (float)(fm_random_u32(random) >> 8) * 0x1p-24f;
}

void fm_random_shuffle(fm_random *random, uint32_t *values, size_t count) {
    for (size_t i = count; i > 1; i--) {
        size_t j = fm_random_below(random, (uint32_t)i);
        uint32_t value = values[i - 1];
        values[i - 1] = values[j];
        values[j] = value;
    }
}
