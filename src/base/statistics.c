#include "base/statistics.h"

#include <math.h>
#include <stdlib.h>

#include "base/count.h"

double fm_mean(const double *values, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += values[i];
    return sum / (double)count;
}

double fm_standard_deviation(const double *values, size_t count) {
    if (count < 2)
        return 0;
    double mean = fm_mean(values, count), squares = 0;
    for (size_t i = 0; i < count; i++)
        squares += (values[i] - mean) * (values[i] - mean);
    return sqrt(squares / (double)(count - 1));
}

static int ascending(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void fm_sort(double *values, size_t count) {
    qsort(values, count, sizeof *values, ascending);
}

double fm_median(double *values, size_t count) {
    fm_sort(values, count);
    return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

double fm_paired_t(const double *a, const double *b, size_t count) {
    double mean = 0, squares = 0;
    for (size_t i = 0; i < count; i++)
        mean += (a[i] - b[i]) / (double)count;
    for (size_t i = 0; i < count; i++)
        squares += (a[i] - b[i] - mean) * (a[i] - b[i] - mean);
    double error = sqrt(squares / (double)(count - 1) / (double)count);
    /* Differences that are the same up to rounding have no spread to divide by. */
    if (error <= 1e-14 * fabs(mean))
        return mean > 0 ? INFINITY : mean < 0 ? -INFINITY : 0;
    return mean / error;
}

/* The 0.975 quantiles of Student's t distribution for 1 to 30 degrees of freedom, from the table of
 * critical values in the NIST/SEMATECH e-Handbook of Statistical Methods, section 1.3.6.7.2. Above
 * 30 the value of the next lower row of the table is taken, which errs to the side of "no
 * difference". */
double fm_t_critical(size_t degrees) {
    static const double table[] = {12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306,
                                   2.262,  2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120,
                                   2.110,  2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064,
                                   2.060,  2.056, 2.052, 2.048, 2.045, 2.042};
    enum { ROWS = FM_COUNT(table) };
    if (degrees >= 60)
        return 2.000;
    return table[degrees < 1 ? 0 : degrees <= ROWS ? degrees - 1 : ROWS - 1];
}
