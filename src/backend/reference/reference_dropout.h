/* The reference's dropout. */
#ifndef FM_BACKEND_REFERENCE_REFERENCE_DROPOUT_H
#define FM_BACKEND_REFERENCE_REFERENCE_DROPOUT_H

#include "backend/reference/reference.h"

void fm_reference_dropout_mask(const fm_reference_run *run);
void fm_reference_dropout_forward(const fm_reference_run *run);
void fm_reference_dropout_backward(const fm_reference_run *run);

#endif
