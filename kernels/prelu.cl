/* PReLU backward, in two launches: dz = dy * (z > 0 ? 1 : slope) in place of dy, with each row's
 * share of the slope's gradient sum(dy * z, where z <= 0); then those shares are added up in order
 * and the slope is updated. No atomics: the same input gives the same bits.
 *
 *   dy, z    [rows][stride], cols of a row in use; a work-item for each row
 *   shares   [rows]
 */

/* A row's dz in place of dy; its share. */
float prelu_row(__global float *restrict dy, __global const float *restrict z, float slope,
                int cols) {
    float share = 0.0f;
    for (int c = 0; c < cols; c++) {
        int negative = !(z[c] > 0.0f);
        share += negative ? dy[c] * z[c] : 0.0f;
        dy[c] = negative ? dy[c] * slope : dy[c];
    }
    return share;
}

__kernel void prelu_backward(__global float *restrict dy, __global float *restrict shares,
                             __global const float *restrict z,
                             __global const float *restrict slope, int rows, int cols, int stride) {
    int i = get_global_id(0);
    if (i < rows)
        shares[i] = prelu_row(dy + (size_t)i * stride, z + (size_t)i * stride, slope[0], cols);
}

/* One work-item. */
__kernel void prelu_update(__global float *slope, __global const float *shares, int rows, int size,
                           update_t u) {
    float gradient = 0.0f;
    for (int i = 0; i < rows; i++)
        gradient += shares[i];
    update_one(slope, size, gradient, u);
}
