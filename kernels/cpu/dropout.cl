/* Dropout on a CPU, row by row: the mask's bits, eight bytes side by side, and the product with the
 * mask for one panel of columns.
 *
 *   mask   [rows][stride], a bit for each column
 *   y, x   [rows][y_stride] */
#ifndef FM_CPU_DROPOUT_CL
#define FM_CPU_DROPOUT_CL

#include "common/dropout.cl"
#include "common/step.h"
#include "cpu/panel.cl"

DEFINE_DROPOUT_BITS(dropout_bits_8, uint8, convert_uint8, convert_ulong8)

/* The bytes of a row of the mask; a whole number of eight of them are written. */
void dropout_mask_row(__global uchar *mask, int bytes, uint image, uint layer, const fm_step *step,
                      uint threshold) {
    const uint8 lanes = (uint8)(0, 1, 2, 3, 4, 5, 6, 7);
    for (int byte = 0; byte < bytes; byte += 8)
        vstore8(convert_uchar8(dropout_bits_8(lanes + (uint)byte, image, step->epoch, layer,
                                              step->seed_low, step->seed_high, threshold)),
                0, mask + byte);
}

/* x where the mask has a 1, times scale; else 0. */
void dropout_row(__global float *y, __global const float *x, __global const uchar *mask, int from,
                 int to, float scale) {
    const int16 bit = (int16)(1, 1 << 1, 1 << 2, 1 << 3, 1 << 4, 1 << 5, 1 << 6, 1 << 7, 1 << 8,
                                1 << 9, 1 << 10, 1 << 11, 1 << 12, 1 << 13, 1 << 14, 1 << 15);
    for (int c = from; c < to; c += PANEL) {
        const int bits = mask[c / 8] | mask[c / 8 + 1] << 8;
        const vector product = *(__global const vector *)(x + c) * scale;
        *(__global vector *)(y + c) =
            as_float16(as_int16(product) & ((bits & bit) != 0));
    }
}

#endif
