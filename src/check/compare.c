#include "check/compare.h"

#include <float.h>
#include <math.h>

int fm_check_compare(const float *actual, const float *expected, size_t count, size_t cols,
                     double allowed, const char *which, const char *array, fm_error *error) {
    double largest = 0, worst = 0;
    size_t wrong = 0, place = 0;
    for (size_t i = 0; i < count; i++)
        largest = fmax(largest, fabs((double)expected[i]));
    for (size_t i = 0; i < count; i++) {
        double off = fabs((double)actual[i] - (double)expected[i]);
        if (off <= allowed * largest)
            continue;
        off = isnan(off) ? INFINITY : off;
        if (!wrong++ || off > worst) {
            worst = off;
            place = i;
        }
    }
    if (!wrong)
        return FM_OK;
    return fm_error_set(error, FM_E_WRONG, "the device",
                        "computes wrongly: %s: %zu of %zu values of %s, the worst in row %zu, "
                        "column %zu: %.9g instead of %.9g, off by %.2g; tolerance %.2g",
                        which, wrong, count, array, place / cols, place % cols,
                        (double)actual[place], (double)expected[place], worst, allowed * largest);
}

int fm_check_compare_result(const fm_check_result *actual, const float *expected, size_t length,
                            const char *which, fm_error *error) {
    const double allowed = (double)FLT_EPSILON * (16 * sqrt((double)length + 1) + 128);
    int status = FM_OK;
    for (size_t i = 0; !status && i < actual->array_count; i++) {
        const fm_check_array *a = &actual->array[i];
        status = fm_check_compare(actual->values + a->first, expected + a->first, a->count, a->cols,
                                  allowed, which, a->name, error);
    }
    return status;
}
