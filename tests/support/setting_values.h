/* The values of a row at both ends of its range, and those just beyond, as texts. */
#ifndef FM_TESTS_SETTING_VALUES_H
#define FM_TESTS_SETTING_VALUES_H

#include "settings/option.h"

enum { MOST_VALUES = 16, VALUE_SIZE = 2048 };

typedef struct setting_values {
    size_t count;
    char text[MOST_VALUES][VALUE_SIZE];
} setting_values;

/* What fm_option_parse must take; every name of a choice, both states of a flag, empty and full
 * lists. */
void setting_values_inside(setting_values *out, const fm_option *row);
/* What it must refuse. */
void setting_values_outside(setting_values *out, const fm_option *row);

#endif
