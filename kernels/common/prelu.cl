/* PReLU backward for one row: dz = dy * (z > 0 ? 1 : slope) in place of dy. Returns the row's share
 * of the slope's gradient, the sum of dy * z where z <= 0. Later, prelu_slope adds the shares in the
 * order of the rows, without atomics: the same input gives the same bits. */
#ifndef FM_COMMON_PRELU_CL
#define FM_COMMON_PRELU_CL

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

/* The slope's gradient: the sum of the rows' shares. */
float prelu_slope(__global const float *share, int stride, int rows) {
    float gradient = 0.0f;
    for (int i = 0; i < rows; i++)
        gradient += share[(size_t)i * stride];
    return gradient;
}

#endif
