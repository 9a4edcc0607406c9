/* PReLU backward, in two launches: dz = dy * (z > 0 ? 1 : slope) in place of dy, with each row's
 * share of the slope's gradient sum(dy * z, where z <= 0); then those shares are added up in order
 * and the slope is updated. No atomics: the same input gives the same bits.
 *
 *   dy, z    [rows][stride], cols of a row in use; a work-item for each row
 *   shares   [rows]
 */

__kernel void prelu_backward(__global float *restrict dy, __global float *restrict shares,
                             __global const float *restrict z,
                             __global const float *restrict slope, int rows, int cols, int stride) {
    int i = get_global_id(0);
    if (i >= rows)
        return;
    __global float *gradient = dy + (size_t)i * stride;
    __global const float *input = z + (size_t)i * stride;
    float a = slope[0], share = 0.0f;
    for (int c = 0; c < cols; c++) {
        int negative = !(input[c] > 0.0f);
        share += negative ? gradient[c] * input[c] : 0.0f;
        gradient[c] = negative ? gradient[c] * a : gradient[c];
    }
    shares[i] = share;
}

/* One work-item. */
__kernel void prelu_update(__global float *slope, __global const float *shares, int rows, int size,
                           update_t u) {
    float gradient = 0.0f;
    for (int i = 0; i < rows; i++)
        gradient += shares[i];
    update_one(slope, size, gradient, u);
}
