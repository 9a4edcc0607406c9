/* Compares values that were trained with the same seeds. */
#ifndef FM_STUDY_COMPARISON_H
#define FM_STUDY_COMPARISON_H

#include "fmnist_cl/experiment.h"

/* Sets count, seeds, alpha and what depends on them: the degrees of freedom and the quantiles.
 * count and seeds are 2 or more. */
void fm_look_prepare(fm_look *out, size_t count, size_t seeds, double alpha);

/* Sets means and variances. results is [count][seeds]; it is overwritten. */
void fm_look_compare(fm_look *look, double *results);

/* The difference of two values, given by their places in the look. */
fm_difference fm_look_difference(const fm_look *look, size_t a, size_t b);

#endif
