#include "base/statistics.h"

#include <math.h>
#include <stdlib.h>

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
