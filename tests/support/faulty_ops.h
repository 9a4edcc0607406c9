/* The reference with one wrong operation, to simulate a broken driver. */
#ifndef FM_TESTS_FAULTY_OPS_H
#define FM_TESTS_FAULTY_OPS_H

#include "ops/ops.h"

enum fault_place {
    FAULT_GATHER,
    FAULT_FORWARD,
    FAULT_FORWARD_Z,
    FAULT_BACKWARD_INPUT,
    FAULT_BACKWARD_WEIGHT,
    FAULT_BACKWARD_BIAS,
    FAULT_BACKWARD_STATE, /* the optimizer's last state value */
    FAULT_PRELU_BACKWARD,
    FAULT_SLOPE,
    FAULT_LOSS,
    FAULT_LOSS_GRADIENT,
    FAULT_CLASS,
    FAULT_PLACES,
    FAULT_NONE = FAULT_PLACES,
};

enum fault_kind {
    FAULT_OFF,   /* off by 0.1 % */
    FAULT_NAN,   /* NaN */
    FAULT_NOISE, /* the last bits differ from call to call */
};

typedef struct fault {
    enum fault_place place;
    enum fault_kind kind;
    size_t least_rows; /* smaller batches are computed correctly */
    size_t from_call;  /* the first wrong call of the operation, counted from 1 */
    size_t most_calls; /* how many calls are wrong; 0: all from then on */
} fault;

/* Free with fm_ops_free. The next call changes the fault of all earlier ones as well. */
fm_ops *faulty_ops(fault wanted);

#endif
