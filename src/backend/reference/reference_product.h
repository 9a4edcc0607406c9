/* The reference's matrix product: products of floats, summed in double. */
#ifndef FM_BACKEND_REFERENCE_REFERENCE_PRODUCT_H
#define FM_BACKEND_REFERENCE_REFERENCE_PRODUCT_H

#include <stddef.h>

/* A factor of the product. Its value for row (or column) i of the result and term k of the sum is
 * values[i * stride + k * step], so a transpose needs no copy. */
typedef struct reference_factor {
    const float *values;
    size_t stride, step;
} reference_factor;

/* Maximum rows of a product. */
enum { FM_REFERENCE_ROWS = 128 };

/* Scratch memory for a product with `cols` columns, in doubles. */
size_t fm_reference_product_space(size_t cols);

/* (*out)[i * *stride + j] = the sum of a(i, k) b(j, k) over the terms, for rows i and columns j;
 * *out points into the scratch. Each sum adds its terms one by one in the order of k, independent
 * of sizes and processor. */
void fm_reference_product(const double **out, size_t *stride, double *scratch, reference_factor a,
                          reference_factor b, size_t rows, size_t cols, size_t terms);

#endif
