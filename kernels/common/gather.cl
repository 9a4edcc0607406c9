/* The pixels of an image as floats in [0, 1]: row[p] = image[p] / 255. */
#ifndef FM_COMMON_GATHER_CL
#define FM_COMMON_GATHER_CL

/* Converts the pixels p to end - 1 of one image. */
void gather_row(__global float *restrict row, __global const uchar *restrict image, int p,
                int end) {
    for (; p + 16 <= end; p += 16)
        vstore16(convert_float16(vload16(0, image + p)) / 255.0f, 0, row + p);
    for (; p < end; p++)
        row[p] = convert_float(image[p]) / 255.0f;
}

#endif
