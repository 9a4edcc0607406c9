/* The reference with one operation that is wrong: what a broken driver looks like. */
#ifndef FM_TESTS_FAULTY_REFERENCE_H
#define FM_TESTS_FAULTY_REFERENCE_H

#include "backend/backend.h"

enum fault_place {
    FAULT_GATHER,
    FAULT_FORWARD,
    FAULT_FORWARD_Z,
    FAULT_LOSS,
    FAULT_LOSS_GRADIENT,
    FAULT_PREDICTION,
    FAULT_BACKWARD_INPUT,
    FAULT_ACTIVATION_BACKWARD,
    FAULT_PRELU_BACKWARD,
    FAULT_SHARE,
    FAULT_BACKWARD_WEIGHT,
    FAULT_BACKWARD_BIAS,
    FAULT_SLOPE,
    FAULT_UPDATE_WEIGHT,
    FAULT_UPDATE_STATE, /* the last slot */
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

/* Which operation a place belongs to, and its result: an operand of its row, or an outcome. */
enum fault_result { FAULT_OF_LOSS = -1, FAULT_OF_PREDICTION = -2 };
enum fm_operation fault_operation(enum fault_place place);
int fault_result(enum fault_place place);

/* Free with fm_backend_free. The next call replaces the fault of all that were made. */
fm_backend *faulty_reference(fault wanted);

#endif
