/* The random bits of dropout masks, by Philox4x32-10 (src/base/philox.h). One call gives a byte, the
 * bits of eight columns, from 16 random bits each: 1 where they are at least `threshold`, which is the
 * dropout probability times 65536.
 *
 *   key       seed
 *   counter   number of the byte in the row, index of the image in the samples, epoch, layer
 *
 * So a bit depends on seed, layer, epoch, image and column alone: not on the device, the batch, the
 * position in it or the division of the work. */
#ifndef FM_COMMON_DROPOUT_CL
#define FM_COMMON_DROPOUT_CL

/* 1 where a 16-bit number is at least the threshold, at the position of a bit. */
#define DROPOUT_KEEPS(NUMBER, BIT) (((((NUMBER) - threshold) >> 31) ^ 1U) << (BIT))

/* The same text for one byte and for a vector of bytes. Products of 32-bit numbers as 64-bit numbers:
 * CPUs have vector instructions for these, not for mul_hi(). */
#define DEFINE_DROPOUT_BITS(NAME, UINT, TO_UINT, TO_ULONG)                                         \
    UINT NAME(UINT byte, uint image, uint epoch, uint layer, uint seed_low, uint seed_high,        \
              uint threshold) {                                                                    \
        UINT x0 = byte, x1 = image, x2 = epoch, x3 = layer;                                        \
        for (int round = 0; round < 10; round++) {                                                 \
            UINT a_high = TO_UINT(TO_ULONG(x0) * 0xD2511F53UL >> 32), a_low = x0 * 0xD2511F53U;    \
            UINT b_high = TO_UINT(TO_ULONG(x2) * 0xCD9E8D57UL >> 32), b_low = x2 * 0xCD9E8D57U;    \
            x0 = b_high ^ x1 ^ seed_low;                                                           \
            x1 = b_low;                                                                            \
            x2 = a_high ^ x3 ^ seed_high;                                                          \
            x3 = a_low;                                                                            \
            seed_low += 0x9E3779B9U;                                                               \
            seed_high += 0xBB67AE85U;                                                              \
        }                                                                                          \
        return DROPOUT_KEEPS(x0 & 0xFFFFU, 0) | DROPOUT_KEEPS(x0 >> 16, 1) |                       \
               DROPOUT_KEEPS(x1 & 0xFFFFU, 2) | DROPOUT_KEEPS(x1 >> 16, 3) |                       \
               DROPOUT_KEEPS(x2 & 0xFFFFU, 4) | DROPOUT_KEEPS(x2 >> 16, 5) |                       \
               DROPOUT_KEEPS(x3 & 0xFFFFU, 6) | DROPOUT_KEEPS(x3 >> 16, 7);                        \
    }

DEFINE_DROPOUT_BITS(dropout_bits, uint, convert_uint, convert_ulong)

#endif
