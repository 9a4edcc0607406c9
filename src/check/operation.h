/* One operation of ops.h, run on given numbers: what the check compares. */
#ifndef FM_CHECK_OPERATION_H
#define FM_CHECK_OPERATION_H

#include "fmnist_cl/optimizer.h"
#include "ops/ops.h"

enum fm_operation {
    FM_OPERATION_GATHER,
    FM_OPERATION_LINEAR_FORWARD,
    FM_OPERATION_LINEAR_BACKWARD_INPUT,
    FM_OPERATION_LINEAR_BACKWARD_PARAMETERS,
    FM_OPERATION_PRELU_BACKWARD,
    FM_OPERATION_LOSS,
};

/* Which operation, on which sizes. Members that an operation does not use are ignored by it. */
typedef struct fm_check_case {
    enum fm_operation operation;
    size_t rows;    /* the batch */
    size_t inputs;  /* of the layer; of gather: pixels */
    size_t outputs; /* of the layer; of the loss: classes */
    enum fm_activation activation;
    enum fm_loss loss;
    int gathered; /* x are the images' pixels, among which a kernel may look for zeros */
    const fm_optimizer *optimizer; /* NULL: the gradient is kept as it is */
} fm_check_case;

enum { FM_CHECK_FIRST = 2 }; /* position in the order where the batch begins */

/* The numbers that it works on. */
typedef struct fm_check_operands {
    const float *x;       /* [rows][inputs] */
    const float *y;       /* [rows][outputs]: dy, z of PReLU's backward has its own, logits */
    const float *z;       /* [rows][outputs] */
    const float *weight;  /* [outputs][inputs] */
    const float *bias;    /* [outputs] */
    const float *state;   /* [2][outputs][inputs + 1], not negative: weights, then biases */
    const float *slope;   /* [3]: the slope and its state */
    const uint8_t *image; /* [FM_CHECK_FIRST + rows][inputs] */
    const uint8_t *label; /* [FM_CHECK_FIRST + rows] */
    const uint32_t *order;
} fm_check_operands;

enum { FM_CHECK_PARTS = 8 };

/* One of the arrays that it gives. */
typedef struct fm_check_part {
    const char *name;
    size_t first, count, cols;
} fm_check_part;

typedef struct fm_check_result {
    float *values;
    size_t capacity, count;
    fm_check_part part[FM_CHECK_PARTS];
    size_t part_count;
} fm_check_result;

/* Room for what the case gives; free() out->values. FM_E_MEMORY. */
int fm_check_result_create(fm_check_result *out, const fm_check_case *which, fm_error *error);

/* Runs it. Errors of the operations. */
int fm_check_run(fm_check_result *out, fm_ops *ops, const fm_check_case *which,
                 const fm_check_operands *operands, fm_error *error);

/* "linear_forward, 7 x 784 to 10, relu". */
void fm_check_case_text(char *out, size_t size, const fm_check_case *which);

#endif
