/* The optimizer's update at one step. */
#ifndef FM_NN_SCHEDULE_H
#define FM_NN_SCHEDULE_H

#include <stddef.h>
#include <stdint.h>

#include "common/step.h"
#include "fmnist_cl/optimizer.h"

/* Optimizer state values per parameter: 0 to 2. */
size_t fm_schedule_slots(const fm_optimizer *optimizer);

/* Computes the numbers of the update at step `step`, from 1. */
void fm_schedule_update(fm_update *out, const fm_optimizer *optimizer, uint64_t step);

#endif
