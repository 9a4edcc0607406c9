#include "base/number.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int fm_number_real(double *out, const char *text, fm_error *error) {
    /* strtod alone would accept leading blanks, hexadecimal, "nan" and "inf". */
    char *end = NULL;
    int decimal = text[0] != '\0' && strspn(text, "0123456789+-.eE") == strlen(text);
    errno = 0;
    double value = decimal ? strtod(text, &end) : 0;
    if (!decimal || end == text || *end != '\0')
        return fm_error_set(error, FM_E_ARGUMENT, text, "'%s' is not a number", text);
    if (errno == ERANGE)
        return fm_error_set(error, FM_E_ARGUMENT, text, "%s is too %s for a number", text,
                            fabs(value) > 1 ? "large" : "small");
    *out = value;
    return FM_OK;
}

int fm_number_whole(uint64_t *out, int *below, const char *text, fm_error *error) {
    const char *digits = text + (text[0] == '-' || text[0] == '+');
    if (digits[0] == '\0' || strspn(digits, "0123456789") != strlen(digits))
        return fm_error_set(error, FM_E_ARGUMENT, text, "'%s' is not a whole number", text);
    errno = 0;
    unsigned long long value = strtoull(digits, NULL, 10);
    *below = text[0] == '-' && value > 0;
    *out = *below ? 0 : value;
    if (errno == ERANGE && !*below)
        return fm_error_set(error, FM_E_ARGUMENT, text, "%s is too large for a number", text);
    return FM_OK;
}

int fm_number_digits(double value) {
    enum { ENOUGH = 17 }; /* suffice for every double */
    char text[40];
    int digits = 1;
    for (; digits < ENOUGH; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    return digits;
}

void fm_number_print(char out[FM_NUMBER_SIZE], double value) {
    enum { ENOUGH = 17 };
    for (int digits = 1; digits <= ENOUGH; digits++) {
        snprintf(out, FM_NUMBER_SIZE, "%.*g", digits, value);
        if (strtod(out, NULL) == value && (!strchr(out, 'e') || value < 1e-4 || value >= 1e6))
            return;
    }
}
