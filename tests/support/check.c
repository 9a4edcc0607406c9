#include "support/check.h"

#include <math.h>
#include <string.h>

void check_ok(int status, const fm_error *error, const char *file, int line) {
    if (status == FM_OK)
        return;
    print_error("status %d: %s: %s\n%s\n", status, error->what, error->why, error->detail);
    _fail(file, line);
}

void check_says(const char *text, const char *part, const char *file, int line) {
    if (strstr(text, part))
        return;
    print_error("'%s' does not say '%s'\n", text, part);
    _fail(file, line);
}

void check_close(const float *actual, const float *expected, size_t count, double tolerance,
                 const char *what, ...) {
    double largest = 0, worst = 0;
    size_t at = 0;
    for (size_t i = 0; i < count; i++)
        largest = fmax(largest, fabs((double)expected[i]));
    for (size_t i = 0; i < count; i++) {
        double difference = fabs((double)actual[i] - (double)expected[i]);
        if (!(difference <= worst)) { /* negated, so that a NaN fails too */
            worst = difference;
            at = i;
        }
        if (isnan(difference))
            break;
    }
    if (worst <= tolerance * largest)
        return;
    char text[200];
    va_list arguments;
    va_start(arguments, what);
    vsnprintf(text, sizeof text, what, arguments);
    va_end(arguments);
    print_error("%s: element %zu of %zu is %.9g, not %.9g: %.3g of the largest, allowed %.3g\n",
                text, at, count, (double)actual[at], (double)expected[at], worst / largest,
                tolerance);
    fail();
}
