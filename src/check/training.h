/* A small training on a device beside the reference. */
#ifndef FM_CHECK_TRAINING_H
#define FM_CHECK_TRAINING_H

#include "fmnist_cl/optimizer.h"
#include "ops/ops.h"

/* Trains a small network of this activation for a few steps: losses and weights must be the
 * reference's, and the same bits when it is done again. FM_E_WRONG, and errors of the
 * operations. */
int fm_check_training(fm_ops *ops, fm_ops *reference, enum fm_activation activation,
                      const fm_optimizer *optimizer, fm_error *error);

#endif
