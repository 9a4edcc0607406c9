/* Numbers that a device gave against those that it should have given. */
#ifndef FM_CHECK_COMPARE_H
#define FM_CHECK_COMPARE_H

#include <stddef.h>

#include "fmnist_cl/error.h"

/* How far off is right: relative to the largest expected number. A device rounds each product and
 * sum (eps is 1.2e-7), in an order of its own: errors of a sum of `length` grow with its root, and
 * OpenCL allows exp and log a few units in the last place. Four times what the tests allow our
 * kernels: a device that is wrong, or computes with fewer bits than a float has, is off by far
 * more. */
double fm_check_allowed(size_t length);

/* FM_E_WRONG unless each |actual - expected| is at most allowed times the largest |expected|: the
 * error names the case, the array, how many are wrong and the worst of them by row and column. */
int fm_check_compare(const float *actual, const float *expected, size_t count, size_t cols,
                     double allowed, const char *which, const char *array, fm_error *error);

#endif
