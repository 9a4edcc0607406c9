/* Parts of JSON documents. What cannot be made for want of memory is NULL, and so is every document
 * that it becomes a part of: one check, in fm_json_write, is enough. */
#ifndef FM_IO_JSON_H
#define FM_IO_JSON_H

#include <stdint.h>

#include <jansson.h>

#include "fmnist_cl/error.h"

/* null when the value is not finite: JSON has no such numbers. */
json_t *fm_json_real(double value);

/* JSON numbers end at 2^63 - 1 in most readers: what is above is written as text. */
json_t *fm_json_unsigned(uint64_t value);

/* Any text; JSON's null for NULL. When it is not UTF-8, what is not ASCII becomes '?'. */
json_t *fm_json_text(const char *text);

/* Appends item, whose reference it takes, to *array; *array becomes NULL when it cannot. */
void fm_json_append(json_t **array, json_t *item);

/* Adds to *object a value, or the members of another object, whose reference they take; *object
 * becomes NULL when they cannot. */
void fm_json_set(json_t **object, const char *key, json_t *value);
void fm_json_update(json_t **object, json_t *more);

/* Reads a document. NULL on failure: problem says why, and *no_memory whether memory ran out. */
json_t *fm_json_parse(int *no_memory, const char *text, size_t length, json_error_t *problem);

/* Reads what fm_json_real writes: NaN for null. 0 when the value is something else. */
int fm_json_read_real(double *out, const json_t *value);

/* The object's text of that name, cut at size bytes; empty where it has none. */
void fm_json_read_text(char *out, size_t size, const json_t *object, const char *key);

/* The document as text, with digits enough to read back the same numbers, ended by a line end;
 * frees the document. The caller frees *out. FM_E_MEMORY. */
int fm_json_write(char **out, json_t *document, fm_error *error);

#endif
