#include "io/json.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "io/file.h"

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
    char *ascii = string ? NULL : strdup(text);
    if (!ascii)
        return string;
    for (char *at = ascii; *at; at++) {
        if ((unsigned char)*at > 0x7f)
            *at = '?';
    }
    string = json_string(ascii);
    free(ascii);
    return string;
}

static void drop_if(int failed, json_t **value) {
    if (!failed)
        return;
    json_decref(*value);
    *value = NULL;
}

void fm_json_append(json_t **array, json_t *item) {
    drop_if(json_array_append_new(*array, item), array);
}

void fm_json_set(json_t **object, const char *key, json_t *value) {
    drop_if(json_object_set_new(*object, key, value), object);
}

void fm_json_update(json_t **object, json_t *more) {
    drop_if(json_object_update(*object, more), object);
    json_decref(more);
}

/* jansson writes all numbers of a document with the same precision, so this finds the smallest that
 * is exact for each of them: 0.003 stays 0.003 in a document of settings. At least DBL_DIG, because
 * otherwise 100 would become 1e2. The recursion is only as deep as our documents. */
static size_t digits_of(json_t *value) { /* NOLINT(misc-no-recursion) */
    size_t most = DBL_DIG, index;
    const char *key;
    json_t *part;
    if (json_is_real(value)) {
        const size_t digits = (size_t)fm_number_digits(json_real_value(value));
        return digits > most ? digits : most;
    }
    json_object_foreach(value, key, part) {
        size_t digits = digits_of(part);
        most = digits > most ? digits : most;
    }
    json_array_foreach(value, index, part) {
        size_t digits = digits_of(part);
        most = digits > most ? digits : most;
    }
    return most;
}

json_t *fm_json_parse(int *no_memory, const char *text, size_t length, json_error_t *problem) {
    json_t *document = json_loadb(text, length, JSON_REJECT_DUPLICATES, problem);
    *no_memory = !document && json_error_code(problem) == json_error_out_of_memory;
    return document;
}

int fm_json_read_real(double *out, const json_t *value) {
    *out = json_is_number(value) ? json_number_value(value) : NAN;
    return json_is_number(value) || json_is_null(value);
}

void fm_json_read_text(char *out, size_t size, const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    snprintf(out, size, "%s", text ? text : "");
}

int fm_json_read_file(json_t **out, const char *path, fm_error *error) {
    enum { MOST_BYTES = 1 << 20 };
    unsigned char *text;
    size_t size;
    json_error_t problem;
    int no_memory;
    *out = NULL;
    int status = fm_file_read(&text, &size, path, MOST_BYTES, error);
    if (status)
        return status;
    *out = fm_json_parse(&no_memory, (const char *)text, size, &problem);
    free(text);
    if (*out)
        return FM_OK;
    return no_memory ? fm_error_set(error, FM_E_MEMORY, path, "no memory to read it")
                     : fm_error_set(error, FM_E_FORMAT, path, "cannot be read as JSON: line %d: %s",
                                    problem.line, problem.text);
}

int fm_json_write(char **out, json_t *document, fm_error *error) {
    *out = NULL;
    char *text =
        document ? json_dumps(document, JSON_INDENT(2) | JSON_REAL_PRECISION(digits_of(document)))
                 : NULL;
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
