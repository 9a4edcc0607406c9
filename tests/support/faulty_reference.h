/* The reference with one wrong operation, to simulate a broken driver. */
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

/* The operation to which a place belongs. */
enum fm_operation fault_operation(enum fault_place place);

/* Free with fm_backend_free. The next call changes the fault of all earlier ones as well. */
fm_backend *faulty_reference(fault wanted);

#endif
