#include "io/json.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

json_t *fm_json_real(double value) {
    return isfinite(value) ? json_real(value) : json_null();
}

json_t *fm_json_unsigned(uint64_t value) {
    char text[24];
    if (value <= INT64_MAX)
        return json_integer((json_int_t)value);
    snprintf(text, sizeof text, "%" PRIu64, value);
    return json_string(text);
}

json_t *fm_json_text(const char *text) {
    if (!text)
        return json_null();
    json_t *string = json_string(text);
    if (string)
        return string;
    char *ascii = strdup(text);
    if (!ascii)
        return NULL;
    for (char *at = ascii; *at; at++) {
        if ((unsigned char)*at > 0x7f)
            *at = '?';
    }
    string = json_string(ascii);
    free(ascii);
    return string;
}

void fm_json_append(json_t **array, json_t *item) {
    if (*array && !json_array_append_new(*array, item))
        return;
    if (!*array)
        json_decref(item);
    json_decref(*array);
    *array = NULL;
}

int fm_json_write(char **out, json_t *document, fm_error *error) {
    enum { DIGITS = 17 }; /* any double is read back the same */
    *out = NULL;
    char *text =
        document ? json_dumps(document, JSON_INDENT(2) | JSON_REAL_PRECISION(DIGITS)) : NULL;
    json_decref(document);
    size_t length = text ? strlen(text) : 0;
    char *line = text ? realloc(text, length + 2) : NULL;
    if (!line) {
        free(text);
        return fm_error_set(error, FM_E_MEMORY, "JSON document", "not enough memory");
    }
    line[length] = '\n';
    line[length + 1] = '\0';
    *out = line;
    return FM_OK;
}
