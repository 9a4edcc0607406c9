/* A small training on a device beside the reference. */
#ifndef FM_CHECK_TRAINING_H
#define FM_CHECK_TRAINING_H

#include "backend/backend.h"
#include "fmnist_cl/optimizer.h"

/* Trains a small network of this activation for a few steps: losses and weights must be the
 * reference's, and the same bits when it is done again. FM_E_WRONG, and errors of the
 * operations. */
int fm_check_training(fm_backend *backend, fm_backend *reference, enum fm_activation activation,
                      const fm_optimizer *optimizer, fm_error *error);

#endif
