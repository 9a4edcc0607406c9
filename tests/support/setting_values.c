#include "support/setting_values.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static char *next(setting_values *out) {
    return out->text[out->count++];
}

static void add(setting_values *out, const char *text) {
    snprintf(next(out), VALUE_SIZE, "%s", text);
}

/* count times the same number. */
static void add_list(setting_values *out, double number, size_t count) {
    char *text = next(out);
    size_t at = 0;
    for (size_t i = 0; i < count; i++)
        at += (size_t)snprintf(text + at, VALUE_SIZE - at, "%s%.17g", i ? "," : "", number);
}

/* The least and the greatest of a row's numbers, open ends left out. Devices compute in float. */
static double least(const fm_option *row) {
    return row->low_open ? (double)nextafterf((float)row->low, INFINITY) : row->low;
}

static double greatest(const fm_option *row) {
    return row->high_open ? nextafter(row->high, -INFINITY) : row->high;
}

void setting_values_inside(setting_values *out, const fm_option *row) {
    *out = (setting_values){.count = 0};
    switch (row->kind) {
    case FM_OPTION_FLAG:
        add(out, "on");
        add(out, "off");
        break;
    case FM_OPTION_CHOICE:
        for (size_t i = 0; row->names[i]; i++)
            add(out, row->names[i]);
        break;
    case FM_OPTION_SIZES:
    case FM_OPTION_REALS:
        add(out, "none");
        add_list(out, least(row), 1);
        add_list(out, greatest(row), row->most);
        break;
    case FM_OPTION_REAL:
        snprintf(next(out), VALUE_SIZE, "%.17g", least(row));
        snprintf(next(out), VALUE_SIZE, "%.17g", greatest(row));
        break;
    default:
        snprintf(next(out), VALUE_SIZE, "%.0f", row->low);
        if (row->high > 0)
            snprintf(next(out), VALUE_SIZE, "%.0f", row->high);
        else
            snprintf(next(out), VALUE_SIZE, "%" PRIu64, UINT64_MAX);
        if (row->or_none)
            add(out, "none");
    }
}

void setting_values_outside(setting_values *out, const fm_option *row) {
    *out = (setting_values){.count = 0};
    switch (row->kind) {
    case FM_OPTION_FLAG:
        add(out, "2");
        break;
    case FM_OPTION_CHOICE:
        add(out, "rubbish");
        add(out, "");
        break;
    case FM_OPTION_SIZES:
    case FM_OPTION_REALS:
        add_list(out, greatest(row), row->most + 1);
        add_list(out, row->high + 1, 1);
        add_list(out, row->low - 1, 1);
        add(out, "");
        add(out, "1,");
        add(out, "1,none");
        break;
    case FM_OPTION_REAL:
        snprintf(next(out), VALUE_SIZE, "%.17g",
                 row->low_open ? row->low : nextafter(row->low - 1e-300, -INFINITY));
        snprintf(next(out), VALUE_SIZE, "%.17g",
                 row->high_open ? row->high : nextafter(row->high, INFINITY));
        add(out, "nan");
        add(out, "inf");
        add(out, "");
        break;
    default:
        snprintf(next(out), VALUE_SIZE, "%.0f", row->low - 1);
        if (row->high > 0)
            snprintf(next(out), VALUE_SIZE, "%.0f", row->high + 1);
        add(out, "18446744073709551616");
        add(out, "1.5");
        add(out, "");
    }
}
