/* The operations of a training step, for the host and the kernels. src/graph/operation.c has a row
 * with the formula of each. */
#ifndef FM_COMMON_OPERATIONS_H
#define FM_COMMON_OPERATIONS_H

enum fm_operation {
    FM_OP_GATHER,
    FM_OP_LINEAR_FORWARD,
    FM_OP_DROPOUT_MASK,
    FM_OP_DROPOUT_FORWARD,
    FM_OP_LOSS,
    FM_OP_LINEAR_BACKWARD_INPUT,
    FM_OP_DROPOUT_BACKWARD,
    FM_OP_ACTIVATION_BACKWARD,
    FM_OP_PRELU_BACKWARD,
    FM_OP_LINEAR_BACKWARD_PARAMETERS,
    FM_OP_PRELU_BACKWARD_SLOPE,
    FM_OP_UPDATE,
    FM_OPERATIONS,
};

/* Maximum number of operands of an operation. */
enum { FM_MOST_OPERANDS = 5 };

#endif
