/* Compares computed with expected values. */
#ifndef FM_CHECK_COMPARE_H
#define FM_CHECK_COMPARE_H

#include "check/job.h"

/* Compares each array of a result with the expected values, which are in the same order, as below.
 *
 * The tolerance, relative to the largest expected number: a device rounds each product and sum (eps
 * is 1.2e-7) in its own order: errors of a sum of `length` terms grow with the square root of the
 * length, and OpenCL allows exp and log errors of a few units in the last place. The tolerance is
 * four times that of the tests: errors of a broken device, or of one with less than float
 * precision, are much larger. */
int fm_check_compare_result(const fm_check_result *actual, const float *expected, size_t length,
                            const char *which, fm_error *error);

/* FM_E_WRONG unless each |actual - expected| is at most `allowed` times the largest |expected|. The
 * error names the case, the array, the number of wrong values, and the worst one. */
int fm_check_compare(const float *actual, const float *expected, size_t count, size_t cols,
                     double allowed, const char *which, const char *array, fm_error *error);

#endif
