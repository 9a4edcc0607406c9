/* The settings of a training as JSON, and what it costs. */
#ifndef FM_STUDY_SETUP_H
#define FM_STUDY_SETUP_H

#include <jansson.h>

#include "fmnist_cl/experiment.h"

/* Every option under its name on the command line, "hidden" as --hidden takes it. NULL for want of
 * memory. */
json_t *fm_setup_json(const fm_setup *setup);

/* FM_E_ARGUMENT when it cannot be trained on so many images, or has no validation set. */
int fm_setup_check(const fm_setup *setup, size_t images, fm_error *error);

/* Arithmetic of one update. */
double fm_setup_step_flops(const fm_setup *setup);
/* Seconds of training on some device: to compare settings with one another. */
double fm_setup_cost(const fm_setup *setup, size_t images);

#endif
