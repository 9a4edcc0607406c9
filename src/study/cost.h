/* Estimates the cost of a training, to compare trainings. */
#ifndef FM_STUDY_COST_H
#define FM_STUDY_COST_H

#include "fmnist_cl/settings.h"

/* Floating-point operations per update. */
double fm_cost_step_flops(const fm_settings *settings);
/* Estimated seconds of a training on a typical device; images is the number of images in the
 * training file. */
double fm_cost_estimate(const fm_settings *settings, size_t images);

#endif
