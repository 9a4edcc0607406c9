/* Means over few seeds, and whether two of them differ; the median. */
#ifndef FM_BASE_STATISTICS_H
#define FM_BASE_STATISTICS_H

#include <stddef.h>

double fm_mean(const double *values, size_t count); /* count is 1 or more */
/* Of a sample: divided by count - 1; 0 for one value. */
double fm_standard_deviation(const double *values, size_t count);

void fm_sort(double *values, size_t count); /* ascending */
/* Sorts the values; count is 1 or more. */
double fm_median(double *values, size_t count);

/* Student's t of the paired differences a - b: their mean over its standard error. Pairs are
 * trainings with the same seed, so the same split and order: what the seed does to both cancels.
 * Infinite when all differences are the same and not 0; 0 when they are 0. count is 2 or more. */
double fm_paired_t(const double *a, const double *b, size_t count);

/* What |t| must exceed to be significant at 5 %, two-sided; degrees is 1 or more. */
double fm_t_critical(size_t degrees);

#endif
