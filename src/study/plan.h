/* Trials of a plan, and properties of factors. */
#ifndef FM_STUDY_PLAN_H
#define FM_STUDY_PLAN_H

#include "fmnist_cl/experiment.h"
#include "settings/settings.h"

/* The setting that is varied; NULL for the final run. */
const fm_option *fm_factor_option(enum fm_factor which);

/* Whether the factor's values are numbers. */
int fm_factor_is_number(enum fm_factor which);

/* The trials with most_seeds seeds, ordered by value and then by seed. */
size_t fm_plan_trials(const fm_plan *plan);
size_t fm_plan_trial_value(const fm_plan *plan, size_t index);
uint64_t fm_plan_trial_seed(const fm_plan *plan, size_t index);

#endif
