/* What a training costs, to compare it with others. */
#ifndef FM_STUDY_COST_H
#define FM_STUDY_COST_H

#include "fmnist_cl/settings.h"

/* Arithmetic of one update. */
double fm_cost_step_flops(const fm_settings *settings);
/* Seconds of training on some device, on a training file of so many images. */
double fm_cost_estimate(const fm_settings *settings, size_t images);

#endif
