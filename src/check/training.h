/* A small training on a device, compared with the same training on the reference. */
#ifndef FM_CHECK_TRAINING_H
#define FM_CHECK_TRAINING_H

#include "backend/backend.h"
#include "fmnist_cl/optimizer.h"

/* Trains a small network with this activation for a few steps. Losses and weights must match the
 * reference, and repeating it must give the same bits. FM_E_WRONG, and errors of the back end. */
int fm_check_training(fm_backend *backend, fm_backend *reference, enum fm_activation activation,
                      const fm_optimizer *optimizer, fm_error *error);

#endif
