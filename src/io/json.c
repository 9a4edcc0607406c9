#include "io/json.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "io/file.h"
#include "io/json_memory.h"

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
    /* It refuses alike what is not UTF-8 and what it has no memory for. A text that is right the
     * second time was never wrong, and is not written as another. */
    string = json_string(text);
    if (string) {
        json_decref(string);
        return NULL;
    }
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

static int add(const char *bytes, size_t size, void *text) {
    fm_text_add_bytes(text, bytes, size);
    return ((fm_text *)text)->failed;
}

void fm_json_print(fm_text *text, const json_t *value, size_t flags) {
    if (json_dump_callback(value, add, text, flags | JSON_ENCODE_ANY))
        text->failed = 1;
}

/* For want of memory jansson may leave a piece out of the text and say that all is well: it is read
 * back. */
char *fm_json_dump(const json_t *document, size_t flags) {
    if (!document)
        return NULL;
    fm_text text = {0};
    char *out = NULL;
    fm_json_print(&text, document, flags);
    if (fm_text_take(&out, &text, "JSON", NULL))
        return NULL;
    int no_memory;
    json_t *again = fm_json_memory_load(&no_memory, out, strlen(out),
                                        JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
    int same = again && json_equal(again, document);
    json_decref(again);
    if (same)
        return out;
    free(out);
    return NULL;
}

/* Where jansson is not guarded (json_memory.h), it may also cut a text that it reads and say that
 * all is well, take a word for a wrong one, or fail and not say why. So it reads twice: what is not
 * the same both times lacked memory, and what was right once was never wrong. */
json_t *fm_json_parse(int *no_memory, const char *text, size_t length, json_error_t *problem) {
    json_error_t ignored;
    int lacked[2];
    json_t *document =
        fm_json_memory_load(&lacked[0], text, length, JSON_REJECT_DUPLICATES, problem);
    json_t *again = fm_json_memory_load(&lacked[1], text, length, JSON_REJECT_DUPLICATES, &ignored);
    int same = document && again && json_equal(document, again);
    *no_memory = !same && (lacked[0] || lacked[1] || document || again || !problem->text[0] ||
                           json_error_code(problem) == json_error_out_of_memory);
    json_decref(again);
    if (same)
        return document;
    json_decref(document);
    return NULL;
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
                     : fm_error_set(error, FM_E_FORMAT, path, "is not JSON: line %d: %s",
                                    problem.line, problem.text);
}

int fm_json_write(char **out, json_t *document, fm_error *error) {
    *out = NULL;
    char *text =
        document ? fm_json_dump(document, JSON_INDENT(2) | JSON_REAL_PRECISION(digits_of(document)))
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
