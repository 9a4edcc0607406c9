/* Parameters in rows: [inputs + 1][stride], the bias as the last row. The layout of the linear
 * layers that are made of matrix products of any shape. Rows are filled up with zeros to whole
 * vectors of four, which a GPU reads at once. */
#ifndef FM_OPS_LINEAR_ROWS_H
#define FM_OPS_LINEAR_ROWS_H

#include <stddef.h>

static inline size_t fm_linear_rows_stride(size_t outputs) {
    return (outputs + 3) / 4 * 4;
}

static inline size_t fm_linear_rows_size(size_t outputs, size_t inputs) {
    return fm_linear_rows_stride(outputs) * (inputs + 1);
}

static inline size_t fm_linear_rows_index(size_t outputs, size_t inputs, size_t o, size_t k) {
    (void)inputs;
    return k * fm_linear_rows_stride(outputs) + o;
}

#endif
