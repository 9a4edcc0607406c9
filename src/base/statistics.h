/* Mean, standard deviation, median. */
#ifndef FM_BASE_STATISTICS_H
#define FM_BASE_STATISTICS_H

#include <stddef.h>

double fm_mean(const double *values, size_t count); /* count is 1 or more */
/* Of a sample: the divisor is count - 1. 0 for one value. */
double fm_standard_deviation(const double *values, size_t count);

void fm_sort(double *values, size_t count); /* ascending */
/* Sorts the values; count is 1 or more. */
double fm_median(double *values, size_t count);

#endif
