/* The table of the operations of a training step, one row per operation. The program
 * derives the checks of graphs, the division of work, the parity cases and the profile from it.
 * Every back end computes every operation; backend/reference defines them in plain C. */
#ifndef FM_GRAPH_OPERATION_H
#define FM_GRAPH_OPERATION_H

#include <stddef.h>

#include "common/operations.h"

/* Kinds of tensors. */
enum fm_tensor_kind {
    FM_TENSOR_BATCH,   /* floats [rows of the batch][cols] */
    FM_TENSOR_PARTIAL, /* floats [rows of the batch][1]: terms of a gradient, summed later */
    FM_TENSOR_MASK, /* one bit for each element of a batch: column c is bit c % 8 of byte c / 8 */
    FM_TENSOR_PARAMETERS, /* weight [outputs][inputs], bias [outputs] and the optimizer's state */
    FM_TENSOR_GRADIENT,   /* of parameters: [outputs][inputs] and [outputs] */
};

/* Sizes in the shapes of operands. Operands of one operation that have
 * the same size here must agree in it. */
enum fm_size { FM_SIZE_ONE, FM_SIZE_ZERO, FM_SIZE_INPUTS, FM_SIZE_OUTPUTS };

/* How the work of an operation can be divided among work-items. */
enum fm_division {
    FM_BY_ROWS = 1,       /* some rows of the batch, all columns */
    FM_BY_COLUMNS = 2,    /* all rows, some columns of the result */
    FM_BY_PARAMETERS = 4, /* some of the parameters, all rows */
};

enum fm_access { FM_READ, FM_WRITE, FM_READ_WRITE };

/* What an operation reads besides its operands. */
enum fm_source { FM_USES_IMAGES = 1, FM_USES_LABELS = 2, FM_USES_OUTCOMES = 4, FM_USES_UPDATE = 8 };

typedef struct fm_operand_info {
    const char *name; /* NULL: the operation has fewer operands */
    enum fm_access access;
    enum fm_tensor_kind kind;
    enum fm_size cols; /* of parameters and gradients: inputs */
    enum fm_size rows; /* of parameters and gradients: outputs; of the others unused */
    int optional;
    int whole; /* the operation reads all columns of it, even when divided by columns */
} fm_operand_info;

typedef struct fm_operation_info {
    const char *name;
    const char *formula; /* in the names of the operands */
    fm_operand_info operand[FM_MOST_OPERANDS];
    unsigned divisions; /* enum fm_division */
    unsigned sources;   /* enum fm_source */
    enum fm_size width; /* columns of the result */
    int is_product;     /* computes 2 * rows * inputs * outputs floating-point operations */
    int sums_over_rows; /* its sums have one term per row of the batch; otherwise: */
    enum fm_size sum;   /* number of terms of its sums; if not given, 1 */
} fm_operation_info;

const fm_operation_info *fm_operation_get(enum fm_operation operation);

#endif
