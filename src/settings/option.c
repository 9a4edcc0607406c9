#include "settings/option.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/names.h"
#include "base/number.h"

static int is_real(const fm_option *o) {
    return o->kind == FM_OPTION_REAL || o->kind == FM_OPTION_REALS;
}

static int is_list(const fm_option *o) {
    return o->kind == FM_OPTION_SIZES || o->kind == FM_OPTION_REALS;
}

int fm_option_is_alias(const fm_option *o) {
    return o->kind == FM_OPTION_COUNT || o->kind == FM_OPTION_EACH;
}

int fm_option_is_on(const void *base, const fm_option *o) {
    return !*(const int *)(const void *)((const char *)base + o->offset) == !o->value;
}

/* ---- Reading ---- */

typedef struct number {
    uint64_t whole;
    double real;
} number;

static int read_number(number *out, const fm_option *o, const char *text, fm_error *error) {
    int below = 0;
    int status = is_real(o) ? fm_number_real(&out->real, text, error)
                            : fm_number_whole(&out->whole, &below, text, error);
    if (status)
        return status;
    const double value = is_real(o) ? out->real : below ? -1 : (double)out->whole;
    if (o->low_open ? value <= o->low : value < o->low)
        return fm_error_set(error, FM_E_ARGUMENT, "", "%s is %s %.10g", text,
                            o->low_open ? "not above" : "below", o->low);
    if (o->low_open && (double)(float)value <= o->low)
        return fm_error_set(error, FM_E_ARGUMENT, "", "%s is %.10g in single precision", text,
                            o->low);
    if (o->kind == FM_OPTION_UNSIGNED && o->high == 0)
        return FM_OK;
    if (o->high_open ? value >= o->high : value > o->high)
        return fm_error_set(error, FM_E_ARGUMENT, "", "%s is %s %.10g", text,
                            o->high_open ? "not below" : "above", o->high);
    return FM_OK;
}

static void store(void *place, const fm_option *o, size_t index, const number *n) {
    size_t *size = place;
    switch (o->kind) {
    case FM_OPTION_UNSIGNED:
        *(uint64_t *)place = n->whole;
        break;
    case FM_OPTION_REAL:
        *(double *)place = n->real;
        break;
    case FM_OPTION_REALS:
        ((double *)(void *)(size + 1))[index] = n->real;
        break;
    case FM_OPTION_SIZES:
        size[1 + index] = (size_t)n->whole;
        break;
    case FM_OPTION_EACH:
        for (size_t i = 0; i < o->most; i++)
            size[1 + i] = (size_t)n->whole;
        break;
    case FM_OPTION_COUNT:
        for (size_t i = 1; i < o->most; i++)
            size[1 + i] = size[1];
        *size = (size_t)n->whole;
        break;
    default:
        *size = (size_t)n->whole;
    }
}

/* Parses "256,256" or "none"; stores the values unless place is NULL. */
static int read_list(void *place, const fm_option *o, const char *text, fm_error *error) {
    const int is_empty = !strcmp(text, "none");
    size_t count = 0;
    for (const char *next = text; !is_empty; next++) {
        char piece[FM_NUMBER_SIZE];
        number n = {0, 0};
        const size_t length = strcspn(next, ",");
        if (count == o->most)
            return fm_error_set(error, FM_E_ARGUMENT, "", "more than %zu values", o->most);
        if (length >= sizeof piece)
            return fm_error_set(error, FM_E_ARGUMENT, "", "'%.100s' is too long", next);
        snprintf(piece, sizeof piece, "%.*s", (int)length, next);
        int status = read_number(&n, o, piece, error);
        if (status)
            return status;
        if (place)
            store(place, o, count, &n);
        count++;
        next += length;
        if (!*next)
            break;
    }
    if (place)
        *(size_t *)place = count;
    return FM_OK;
}

static int read_scalar(void *place, const fm_option *o, const char *text, fm_error *error) {
    number n = {0, 0};
    int status = FM_OK;
    if (!o->or_none || strcmp(text, "none") != 0)
        status = read_number(&n, o, text, error);
    if (!status && place)
        store(place, o, 0, &n);
    return status;
}

static int read_flag(int *place, const fm_option *o, const char *text, fm_error *error) {
    const int on = !text || !strcmp(text, "on");
    if (!on && strcmp(text, "off") != 0)
        return fm_error_set(error, FM_E_ARGUMENT, "", "'%s' is neither on nor off", text);
    if (place)
        *place = on ? o->value : !o->value;
    return FM_OK;
}

/* Parses a value; stores it unless place is NULL. */
static int read_value(void *place, const fm_option *o, const char *text, fm_error *error) {
    int ignored, status;
    switch (o->kind) {
    case FM_OPTION_HELP:
        return FM_OK;
    case FM_OPTION_FLAG:
        return read_flag(place, o, text, error);
    case FM_OPTION_TEXT:
        if (text[0] == '\0')
            return fm_error_set(error, FM_E_ARGUMENT, "", "must not be empty");
        *(const char **)place = text;
        return FM_OK;
    case FM_OPTION_CHOICE:
        return fm_names_find(place ? place : &ignored, o->names, o->name, text, error);
    case FM_OPTION_SIZES:
    case FM_OPTION_REALS:
        status = read_list(NULL, o, text, error);
        return status || !place ? status : read_list(place, o, text, error);
    default:
        return read_scalar(place, o, text, error);
    }
}

static int parse(void *place, const fm_option *o, const char *text, fm_error *error) {
    int status = read_value(place, o, text, error);
    /* The functions above do not know the option's name. */
    if (status && error)
        snprintf(error->what, sizeof error->what, "%s", o->name);
    return status;
}

int fm_option_parse(void *base, const fm_option *option, const char *text, fm_error *error) {
    return parse((char *)base + option->offset, option, text, error);
}

int fm_option_reset(void *base, const fm_option *option, fm_error *error) {
    if (option->kind == FM_OPTION_FLAG)
        return fm_option_parse(base, option, "off", error);
    return option->standard ? fm_option_parse(base, option, option->standard, error) : FM_OK;
}

/* ---- Writing ---- */

static void add(char *out, const char *text) {
    const size_t at = strlen(out);
    snprintf(out + at, FM_OPTION_TEXT_SIZE - at, "%s", text);
}

static void add_whole(char *out, const fm_option *o, uint64_t value) {
    char text[FM_NUMBER_SIZE];
    snprintf(text, sizeof text, "%" PRIu64, value);
    add(out, o->or_none && !value ? "none" : text);
}

static void add_real(char *out, double value) {
    char text[FM_NUMBER_SIZE];
    fm_number_print(text, value);
    add(out, text);
}

static void add_list(char *out, const fm_option *o, const size_t *list) {
    if (!*list)
        add(out, "none");
    for (size_t i = 0; i < *list && i < o->most; i++) {
        add(out, i ? "," : "");
        if (is_real(o))
            add_real(out, ((const double *)(const void *)(list + 1))[i]);
        else
            add_whole(out, o, list[1 + i]);
    }
}

void fm_option_print(char out[FM_OPTION_TEXT_SIZE], const void *base, const fm_option *o) {
    const void *place = (const char *)base + o->offset;
    const size_t *list = place;
    size_t same = 1;
    out[0] = '\0';
    switch (o->kind) {
    case FM_OPTION_FLAG:
        add(out, fm_option_is_on(base, o) ? "on" : "off");
        break;
    case FM_OPTION_CHOICE:
        add(out, fm_names_get(o->names, *(const int *)place));
        break;
    case FM_OPTION_UNSIGNED:
        add_whole(out, o, *(const uint64_t *)place);
        break;
    case FM_OPTION_REAL:
        add_real(out, *(const double *)place);
        break;
    case FM_OPTION_EACH:
        while (same < *list && list[1 + same] == list[1])
            same++;
        if (same >= *list)
            add_whole(out, o, list[1]);
        else
            add_list(out, o, list);
        break;
    case FM_OPTION_SIZES:
    case FM_OPTION_REALS:
        add_list(out, o, list);
        break;
    default:
        add_whole(out, o, *list);
    }
}

/* ---- Through the printed value ---- */

int fm_option_check(const void *base, const fm_option *option, fm_error *error) {
    char text[FM_OPTION_TEXT_SIZE];
    if (option->kind == FM_OPTION_HELP || option->kind == FM_OPTION_TEXT)
        return FM_OK;
    if (is_list(option) &&
        *(const size_t *)(const void *)((const char *)base + option->offset) > option->most)
        return fm_error_set(error, FM_E_ARGUMENT, option->name, "more than %zu values",
                            option->most);
    fm_option_print(text, base, option);
    return parse(NULL, option, text, error);
}

void fm_option_copy(void *out, const void *from, const fm_option *option) {
    char text[FM_OPTION_TEXT_SIZE];
    fm_option_print(text, from, option);
    (void)fm_option_parse(out, option, text, NULL);
}

int fm_option_same(const void *a, const void *b, const fm_option *option) {
    char left[FM_OPTION_TEXT_SIZE], right[FM_OPTION_TEXT_SIZE];
    fm_option_print(left, a, option);
    fm_option_print(right, b, option);
    return !strcmp(left, right);
}
