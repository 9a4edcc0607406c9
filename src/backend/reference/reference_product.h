/* The reference's matrix product: products of floats, summed in double. */
#ifndef FM_OPS_REFERENCE_PRODUCT_H
#define FM_OPS_REFERENCE_PRODUCT_H

#include <stddef.h>

/* A matrix as one factor: its number for row i of the result (or column i) and term k of the sum is
 * values[i * stride + k * step]. So a matrix is turned without being copied. */
typedef struct reference_factor {
    const float *values;
    size_t stride, step;
} reference_factor;

/* The most rows of a product. */
enum { FM_REFERENCE_ROWS = 128 };

/* Doubles that a product of so many columns wants as scratch. */
size_t fm_reference_product_space(size_t cols);

/* (*out)[i * *stride + j] = the sum of a(i, k) b(j, k) over the terms, for rows i and columns j;
 * *out points into the scratch. Each sum adds its terms one by one in the order of k, whatever the
 * sizes and the processor. */
void fm_reference_product(const double **out, size_t *stride, double *scratch, reference_factor a,
                          reference_factor b, size_t rows, size_t cols, size_t terms);

#endif
