/* Operations on random numbers, on a device beside the reference. */
#ifndef FM_CHECK_PARITY_H
#define FM_CHECK_PARITY_H

#include "ops/ops.h"

/* thorough: many sizes, awkward ones and those of a real training, instead of a few small ones.
 * FM_E_WRONG, and errors of the operations. */
int fm_check_parity(fm_ops *ops, fm_ops *reference, int thorough, int with_prelu, fm_error *error);

/* The three operations of one linear layer, with Adam's update. */
int fm_check_layer(fm_ops *ops, fm_ops *reference, size_t rows, size_t inputs, size_t outputs,
                   enum fm_activation activation, fm_error *error);

#endif
