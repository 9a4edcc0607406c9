/* The reference's update: the optimizers' rules, as common/step.h states them. */
#ifndef FM_BACKEND_REFERENCE_REFERENCE_UPDATE_H
#define FM_BACKEND_REFERENCE_REFERENCE_UPDATE_H

#include "backend/reference/reference.h"

void fm_reference_update(const fm_reference_run *run);

#endif
