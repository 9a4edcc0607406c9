/* The non-finite trace: an observer of the reference that records the first operation with a
 * non-finite result. */
#ifndef FM_TRAIN_NON_FINITE_H
#define FM_TRAIN_NON_FINITE_H

#include "backend/reference/reference.h"

/* "linear_forward of layer 2 (128 x 256 to 10): y is inf in row 3, column 7". The rows of a weight
 * are its outputs; a bias is one row. Empty if everything is finite. */
typedef struct fm_non_finite {
    char text[256];
} fm_non_finite;

/* Pass this to fm_reference_observe; user is an empty fm_non_finite. */
void fm_non_finite_trace(void *user, const fm_reference_run *run);

#endif
