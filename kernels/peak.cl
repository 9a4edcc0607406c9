/* Kernels that src/cl/peak.c times to measure a device's peak: arithmetic, memory bandwidth, launches. */

/* Each work-item computes rounds x CHAINS multiply-adds of vectors. The CHAINS sums are independent:
 * enough to hide the latency of an addition, few enough to stay in registers. The compiler fuses a
 * multiply-add if the hardware can; fma() would be a function call if it cannot. `out` only keeps the
 * compiler from removing the work. */
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

/* Variants for vector registers of 4, 8 and 16 floats. */
DEFINE_MULTIPLY_ADD(multiply_add_4_10, float4, 10)
DEFINE_MULTIPLY_ADD(multiply_add_8_10, float8, 10)
DEFINE_MULTIPLY_ADD(multiply_add_8_12, float8, 12)
DEFINE_MULTIPLY_ADD(multiply_add_16_12, float16, 12)

/* Reads and writes every value once, as an update does with weights and moments. Each work-group has
 * its own range of `length` values, which its work-items take in turn. */
__kernel void scale(__global float8 *values, float factor, int length) {
    __global float8 *own = values + get_group_id(0) * (size_t)length;
    for (int i = (int)get_local_id(0); i < length; i += (int)get_local_size(0))
        own[i] *= factor;
}

/* Does nothing: its time is that of a launch. */
__kernel void nothing(__global float *out) {
    if (get_global_id(0) > get_global_size(0))
        out[0] = 0;
}
