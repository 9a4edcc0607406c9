/* What a device can do at most: src/cl/peak.c times these. */

/* rounds x CHAINS multiply-adds a work-item, each on a vector: independent sums, enough to hide that
 * each waits for the one before it, few enough to stay in registers. Fused where the hardware can:
 * fma() is a function where it cannot. Nobody reads out: it is there so that the work cannot be left
 * out. */
#define DEFINE_MULTIPLY_ADD(NAME, VECTOR, CHAINS)                                                  \
    __kernel void NAME(__global VECTOR *out, float factor, float term, int rounds) {               \
        VECTOR sum[CHAINS];                                                                        \
        _Pragma("unroll") for (int i = 0; i < CHAINS; i++)                                         \
            sum[i] = (VECTOR)((float)i);                                                           \
        for (int r = 0; r < rounds; r++) {                                                         \
            _Pragma("unroll") for (int i = 0; i < CHAINS; i++)                                     \
                sum[i] = sum[i] * factor + term;                                                   \
        }                                                                                          \
        _Pragma("unroll") for (int i = 1; i < CHAINS; i++)                                         \
            sum[0] += sum[i];                                                                      \
        out[get_global_id(0)] = sum[0];                                                            \
    }

/* For registers of 4, 8 and 16 floats. */
DEFINE_MULTIPLY_ADD(multiply_add_4_10, float4, 10)
DEFINE_MULTIPLY_ADD(multiply_add_8_10, float8, 10)
DEFINE_MULTIPLY_ADD(multiply_add_8_12, float8, 12)
DEFINE_MULTIPLY_ADD(multiply_add_16_12, float16, 12)

/* Reads and writes every value once, as an update does with weights and moments. A group has its own
 * stretch of `length` values, which its items take in turn. */
__kernel void scale(__global float8 *values, float factor, int length) {
    __global float8 *own = values + get_group_id(0) * (size_t)length;
    for (int i = (int)get_local_id(0); i < length; i += (int)get_local_size(0))
        own[i] *= factor;
}

__kernel void nothing(__global float *out) {
    if (get_global_id(0) > get_global_size(0))
        out[0] = 0;
}
