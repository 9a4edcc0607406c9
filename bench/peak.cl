/* What a device can do at most: peak.c times these. */

#ifndef VECTOR
#define VECTOR float8 /* one register, or a whole number of them */
#endif
#ifndef CHAINS
#define CHAINS 10 /* independent sums: enough to hide an FMA's latency, few enough to stay in registers */
#endif

/* rounds x CHAINS fused multiply-adds a work-item, each on a vector. Nobody reads out: it is there so
 * that the work cannot be left out. */
__kernel void multiply_add(__global VECTOR *out, float factor, float term, int rounds) {
    VECTOR sum[CHAINS];
#pragma unroll
    for (int i = 0; i < CHAINS; i++)
        sum[i] = (VECTOR)((float)i);
    for (int r = 0; r < rounds; r++) {
#pragma unroll
        for (int i = 0; i < CHAINS; i++)
            sum[i] = fma(sum[i], (VECTOR)(factor), (VECTOR)(term));
    }
#pragma unroll
    for (int i = 1; i < CHAINS; i++)
        sum[0] += sum[i];
    out[get_global_id(0)] = sum[0];
}

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
