/* The reference's operations of layers; graph/operation.c has their formulas. */
#ifndef FM_BACKEND_REFERENCE_REFERENCE_LINEAR_H
#define FM_BACKEND_REFERENCE_REFERENCE_LINEAR_H

#include "backend/reference/reference.h"

void fm_reference_gather(const fm_reference_run *run);
void fm_reference_linear_forward(const fm_reference_run *run);
void fm_reference_linear_backward_input(const fm_reference_run *run);
void fm_reference_linear_backward_parameters(const fm_reference_run *run);
void fm_reference_activation_backward(const fm_reference_run *run);
void fm_reference_prelu_backward(const fm_reference_run *run);
void fm_reference_prelu_backward_slope(const fm_reference_run *run);

#endif
