/* The distribution of the studentized range: the range of `count` independent normal values,
 * divided by an independent estimate of their standard deviation with `freedom` degrees of freedom.
 */
#ifndef FM_BASE_STUDENTIZED_RANGE_H
#define FM_BASE_STUDENTIZED_RANGE_H

#include <stddef.h>

/* The probability that the studentized range is at most q. count is 2 or more; freedom is any real
 * number from 0.25. The error is below 1e-9 for up to 100 values. */
double fm_studentized_range_cdf(double q, size_t count, double freedom);

/* The inverse: the q that is exceeded with probability alpha, from 1e-6 to 0.5. For two values,
 * q / sqrt(2) is the two-sided quantile of Student's t distribution. */
double fm_studentized_range_quantile(double alpha, size_t count, double freedom);

/* Quantiles for freedom from `least` to 2 * least, by interpolation: comparing many values needs
 * many. The relative error of the interpolation is below 1e-6. */
enum { FM_RANGE_NODES = 8 };
void fm_range_quantiles_make(double out[FM_RANGE_NODES], double alpha, size_t count, double least);
double fm_range_quantiles_at(const double quantiles[FM_RANGE_NODES], double freedom, double least);

#endif
