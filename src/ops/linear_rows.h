/* Parameters in rows: [inputs + 1][outputs], the bias as the last row. The layout of the linear
 * layers that are made of matrix products of any shape. */
#ifndef FM_OPS_LINEAR_ROWS_H
#define FM_OPS_LINEAR_ROWS_H

#include <stddef.h>

static inline size_t fm_linear_rows_size(size_t outputs, size_t inputs) {
    return outputs * (inputs + 1);
}

static inline size_t fm_linear_rows_index(size_t outputs, size_t inputs, size_t o, size_t k) {
    (void)inputs;
    return k * outputs + o;
}

#endif
