/* The reference's loss. */
#ifndef FM_BACKEND_REFERENCE_REFERENCE_LOSS_H
#define FM_BACKEND_REFERENCE_REFERENCE_LOSS_H

#include "backend/reference/reference.h"

/* Softmax with cross-entropy: dlogits = (softmax - one-hot) / batch_rows.
 * Mean squared error: dlogits = 2 (logit - one-hot) / (batch_rows * classes). */
void fm_reference_loss(const fm_reference_run *run);

#endif
