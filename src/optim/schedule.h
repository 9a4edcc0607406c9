/* What an optimizer's rule is at one step: written once for all devices. */
#ifndef FM_OPTIM_SCHEDULE_H
#define FM_OPTIM_SCHEDULE_H

#include <stddef.h>
#include <stdint.h>

#include "fmnist_cl/optimizer.h"
#include "common/step.h"

/* How many numbers of state the optimizer keeps beside each parameter: 0 to 2. */
size_t fm_schedule_slots(const fm_optimizer *optimizer);

/* The update of step number `step`, from 1 on. */
void fm_schedule_update(fm_update *out, const fm_optimizer *optimizer, uint64_t step);

#endif
