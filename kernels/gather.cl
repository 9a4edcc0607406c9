/* Takes a batch out of the images: x[i][p] = images[order[first + i]][p] / 255.
 *
 *            p: pixels            axis 0: chunks of GATHER_CHUNK pixels
 *      o-----------------o        axis 1: rows of the batch
 *   i  |  x[i * stride]  |
 *      o-----------------o
 *
 * A CPU's work-item converts a whole row, a GPU's a few pixels. */
#ifndef GATHER_CHUNK
#define GATHER_CHUNK 16 /* pixels of a work-item, a multiple of 16 */
#endif

/* Pixels p to end - 1 of one image. */
void gather_row(__global float *restrict row, __global const uchar *restrict image, int p,
                int end) {
    for (; p + 16 <= end; p += 16)
        vstore16(convert_float16(vload16(0, image + p)) / 255.0f, 0, row + p);
    for (; p < end; p++)
        row[p] = convert_float(image[p]) / 255.0f;
}

__kernel void gather(__global float *restrict x, __global const uchar *restrict images,
                     __global const uint *restrict order, int first, int rows, int pixels,
                     int stride) {
    int i = get_global_id(1);
    if (i >= rows)
        return;
    int p = get_global_id(0) * GATHER_CHUNK;
    gather_row(x + (size_t)i * stride, images + (size_t)order[first + i] * pixels, p,
               min(p + GATHER_CHUNK, pixels));
}
