#include "base/philox.h"

#include <string.h>

enum { ROUNDS = 10 };

void fm_philox(uint32_t out[4], const uint32_t counter[4], const uint32_t key[2]) {
    uint32_t k0 = key[0], k1 = key[1];
    memcpy(out, counter, 4 * sizeof *out);
    for (int round = 0; round < ROUNDS; round++) {
        const uint64_t a = (uint64_t)0xD2511F53U * out[0], b = (uint64_t)0xCD9E8D57U * out[2];
        const uint32_t x1 = out[1], x3 = out[3];
        out[0] = (uint32_t)(b >> 32) ^ x1 ^ k0;
        out[1] = (uint32_t)b;
        out[2] = (uint32_t)(a >> 32) ^ x3 ^ k1;
        out[3] = (uint32_t)a;
        k0 += 0x9E3779B9U;
        k1 += 0xBB67AE85U;
    }
}
