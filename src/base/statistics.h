/* Means over few seeds, and whether two of them differ significantly; the median. */
#ifndef FM_BASE_STATISTICS_H
#define FM_BASE_STATISTICS_H

#include <stddef.h>

double fm_mean(const double *values, size_t count); /* count is 1 or more */
/* Of a sample: the divisor is count - 1. 0 for one value. */
double fm_standard_deviation(const double *values, size_t count);

void fm_sort(double *values, size_t count); /* ascending */
/* Sorts the values; count is 1 or more. */
double fm_median(double *values, size_t count);

/* Student's t of the paired differences a - b: their mean divided by its standard error. A pair is
 * two trainings with the same seed, hence the same split and order, so the effect of the seed
 * cancels. Infinite if all differences are equal and not 0; 0 if all are 0. count is 2 or more. */
double fm_paired_t(const double *a, const double *b, size_t count);

/* The value that |t| must exceed to be significant at 5 %, two-sided. degrees is 1 or more. */
double fm_t_critical(size_t degrees);

#endif
