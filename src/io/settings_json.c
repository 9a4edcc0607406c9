#include "io/settings_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/count.h"
#include "base/nearest.h"
#include "base/number.h"
#include "io/json.h"

/* ---- Writing ---- */

static json_t *json_of(const fm_option *o, const char *text) {
    switch (o->kind) {
    case FM_OPTION_FLAG:
        return json_boolean(!strcmp(text, "on"));
    case FM_OPTION_REAL:
        return fm_json_real(strtod(text, NULL));
    case FM_OPTION_SIZE:
    case FM_OPTION_UNSIGNED:
    case FM_OPTION_COUNT:
    case FM_OPTION_EACH:
        return strcmp(text, "none") ? fm_json_unsigned(strtoull(text, NULL, 10)) : json_null();
    default:
        return json_string(text);
    }
}

json_t *fm_option_json(const void *base, const fm_option *option) {
    char text[FM_OPTION_TEXT_SIZE];
    fm_option_print(text, base, option);
    return json_of(option, text);
}

json_t *fm_settings_json(const fm_settings *settings) {
    json_t *object = json_object();
    for (const fm_option *row = fm_settings_table; row->name; row++)
        if (!fm_option_is_alias(row))
            fm_json_set(&object, row->name, fm_option_json(settings, row));
    return object;
}

/* ---- Reading ---- */

/* The value as fm_option_parse reads it; NULL where it has the wrong type. */
static const char *text_of(char number[FM_NUMBER_SIZE], const fm_option *o, const json_t *value) {
    const char *text = json_string_value(value);
    switch (o->kind) {
    case FM_OPTION_FLAG:
        return json_is_boolean(value) ? json_is_true(value) ? "on" : "off" : NULL;
    case FM_OPTION_REAL:
        if (!json_is_number(value))
            return NULL;
        fm_number_print(number, json_number_value(value));
        return number;
    case FM_OPTION_CHOICE:
    case FM_OPTION_SIZES:
    case FM_OPTION_REALS:
        return text;
    default:
        if (json_is_null(value) && o->or_none)
            return "none";
        if (text) /* of a number above 2^63, and not "none" */
            return text[0] && strspn(text, "0123456789") == strlen(text) ? text : NULL;
        snprintf(number, FM_NUMBER_SIZE, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        return json_is_integer(value) ? number : NULL;
    }
}

static const char *type_of(const fm_option *o) {
    return o->kind == FM_OPTION_FLAG     ? "true or false"
           : o->kind == FM_OPTION_REAL   ? "a number"
           : o->kind == FM_OPTION_CHOICE ? "a text"
           : o->kind == FM_OPTION_SIZES  ? "a text such as \"256,128\""
           : o->kind == FM_OPTION_REALS  ? "a text such as \"0.2,0.5\""
           : o->or_none                  ? "a whole number, or null"
                                         : "a whole number";
}

static int read_value(fm_settings *out, const fm_option *o, const json_t *value, const char *path,
                      fm_error *error) {
    enum { MOST = 60 };
    char number[FM_NUMBER_SIZE];
    fm_error problem = {0};
    const char *text = text_of(number, o, value);
    if (text && !fm_option_parse(out, o, text, &problem))
        return FM_OK;
    char *found = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(6));
    if (text)
        fm_error_set(error, FM_E_FORMAT, path, "\"%s\": %s", o->name, problem.why);
    else
        fm_error_set(error, FM_E_FORMAT, path, "\"%s\": %.*s is not %s", o->name, MOST,
                     found ? found : "the value", type_of(o));
    free(found);
    if (problem.hint[0])
        fm_error_hint(error, "%s", problem.hint);
    return FM_E_FORMAT;
}

int fm_settings_json_read(fm_settings *out, const json_t *object, const char *path,
                          fm_error *error) {
    int status = FM_OK;
    for (const fm_option *row = fm_settings_table; !status && row->name; row++) {
        const json_t *value = json_object_get(object, row->name);
        if (value)
            status = read_value(out, row, value, path, error);
    }
    return status;
}

/* ---- A file ---- */

/* The other keys of a run's config.json (train/run_config.c). */
static int is_of_run(const char *key) {
    static const char *const keys[] = {"program", "version",      "command", "run",
                                       "init",    "tensorboard",  "gemm",    "device",
                                       "data",    "data_content", "sessions"};
    for (size_t i = 0; i < FM_COUNT(keys); i++)
        if (!strcmp(keys[i], key))
            return 1;
    return 0;
}

static int unknown(const char *key, const char *path, fm_error *error) {
    enum { MOST = 64 };
    const char *names[MOST];
    size_t count = 0;
    for (const fm_option *row = fm_settings_table; row->name && count < MOST; row++)
        names[count++] = row->name;
    fm_error_set(error, FM_E_FORMAT, path, "\"%.100s\" is not a setting", key);
    const char *near = fm_nearest(key, names, count);
    if (near)
        fm_error_hint(error, "did you mean \"%s\"?", near);
    else
        fm_error_hint(error, "'fmnist-cl train --dump-config' prints all settings");
    return FM_E_FORMAT;
}

/* A setting and its alias in one file contradict each other, as on the command line. */
static int check_aliases(const json_t *object, const char *path, fm_error *error) {
    for (const fm_option *alias = fm_settings_table; alias->name; alias++)
        for (const fm_option *row = fm_settings_table; row->name; row++)
            if (fm_option_is_alias(alias) && !fm_option_is_alias(row) &&
                alias->offset == row->offset && json_object_get(object, alias->name) &&
                json_object_get(object, row->name))
                return fm_error_set(error, FM_E_FORMAT, path,
                                    "\"%s\": cannot be combined with \"%s\"", row->name,
                                    alias->name);
    return FM_OK;
}

int fm_settings_json_load(fm_settings *out, const char *path, fm_error *error) {
    json_t *object, *value;
    const char *key;
    int status = fm_json_read_file(&object, path, error);
    if (!status && !json_is_object(object))
        status = fm_error_set(error, FM_E_FORMAT, path, "is not a JSON object of settings");
    json_object_foreach(object, key, value) {
        if (!status && !fm_settings_find(key) && !is_of_run(key))
            status = unknown(key, path, error);
    }
    if (!status)
        status = check_aliases(object, path, error);
    if (!status)
        status = fm_settings_json_read(out, object, path, error);
    json_decref(object);
    return status;
}

/* ---- Comparing ---- */

static int is_default(const char *key, const json_t *value) {
    fm_settings usual;
    const fm_option *row = fm_settings_find(key);
    if (!row)
        return 0;
    fm_settings_init(&usual);
    json_t *standard = fm_option_json(&usual, row);
    int same = standard && json_equal(standard, value);
    json_decref(standard);
    return same;
}

/* Recursive, and our documents are a few levels deep. */
int fm_settings_json_agree(const char **key, /* NOLINT(misc-no-recursion) */
                           const json_t *there, const json_t *here) {
    const char *within;
    json_t *value;
    json_object_foreach((json_t *)here, *key, value) {
        const json_t *other = json_object_get(there, *key);
        int same = other && json_is_object(value) ? fm_settings_json_agree(&within, other, value)
                   : other                        ? json_equal(other, value)
                                                  : is_default(*key, value);
        if (!same)
            return 0;
    }
    return 1;
}

int fm_settings_text_agree(const char *there, const char *here) {
    json_error_t problem;
    int no_memory;
    const char *key;
    if (!strcmp(there, here))
        return 1;
    json_t *a = fm_json_parse(&no_memory, there, strlen(there), &problem);
    json_t *b = fm_json_parse(&no_memory, here, strlen(here), &problem);
    int same = a && b && fm_settings_json_agree(&key, a, b);
    json_decref(a);
    json_decref(b);
    return same;
}
