/* Compares computed with expected values. */
#ifndef FM_CHECK_COMPARE_H
#define FM_CHECK_COMPARE_H

#include <stddef.h>

#include "fmnist_cl/error.h"

/* The tolerance, relative to the largest expected number. A device rounds each product and sum (eps
 * is 1.2e-7) in its own order: errors of a sum of `length` terms grow with the square root of the
 * length, and OpenCL allows exp and log errors of a few units in the last place. The tolerance is
 * four times that of the tests: errors of a broken device, or of one with less than float
 * precision, are much larger. */
double fm_check_allowed(size_t length);

/* FM_E_WRONG unless each |actual - expected| is at most `allowed` times the largest |expected|. The
 * error names the case, the array, the number of wrong values, and the worst one. */
int fm_check_compare(const float *actual, const float *expected, size_t count, size_t cols,
                     double allowed, const char *which, const char *array, fm_error *error);

#endif
