/* The reference with one operation that is wrong: what a broken driver looks like. */
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
    FAULT_BACKWARD_STATE, /* the last slot */
    FAULT_PRELU_BACKWARD,
    FAULT_SLOPE,
    FAULT_LOSS,
    FAULT_LOSS_GRADIENT,
    FAULT_CLASS,
    FAULT_PLACES,
    FAULT_NONE = FAULT_PLACES,
};

enum fault_kind {
    FAULT_OFF,   /* a thousandth off */
    FAULT_NAN,   /* not a number */
    FAULT_NOISE, /* the last bits differ from call to call */
};

typedef struct fault {
    enum fault_place place;
    enum fault_kind kind;
    size_t least_rows; /* batches of fewer are right */
    size_t from_call;  /* the calls of the operation before this one, from 1, are right, */
    size_t most_calls; /* and those after so many wrong ones; 0: none is */
} fault;

/* Free with fm_ops_free. The next call replaces the fault of all that were made. */
fm_ops *faulty_ops(fault wanted);

#endif
