/* Builds and writes JSON. A value that cannot be created for lack of memory is NULL, and so is
 * every document that would contain it: the check in fm_json_write is enough. */
#ifndef FM_IO_JSON_H
#define FM_IO_JSON_H

#include <stdint.h>

#include <jansson.h>

#include "fmnist_cl/error.h"

/* null if the value is not finite, because JSON has no NaN and infinity. */
json_t *fm_json_real(double value);

/* Writes values above 2^63 - 1 as text, because most JSON readers do not support such integers. */
json_t *fm_json_unsigned(uint64_t value);

/* A string; null for NULL. If text is not UTF-8, replaces non-ASCII bytes by '?'. */
json_t *fm_json_text(const char *text);

/* Appends item to *array and takes over the reference to it. On failure, *array becomes NULL. */
void fm_json_append(json_t **array, json_t *item);

/* Add a value, or the members of another object, to *object. They take over the reference to what
 * they add. On failure, *object becomes NULL. */
void fm_json_set(json_t **object, const char *key, json_t *value);
void fm_json_update(json_t **object, json_t *more);

/* Parses a document. On failure returns NULL: problem says why, *no_memory whether memory ran out.
 */
json_t *fm_json_parse(int *no_memory, const char *text, size_t length, json_error_t *problem);

/* Parses a file of at most 1 MiB. Free *out with json_decref. FM_E_FILE, FM_E_FORMAT or
 * FM_E_MEMORY. */
int fm_json_read_file(json_t **out, const char *path, fm_error *error);

/* Reads a value that fm_json_real wrote; null becomes NaN. Returns 0 for any other value. */
int fm_json_read_real(double *out, const json_t *value);

/* Copies the string member key, truncated to size bytes; empty if the object has none. */
void fm_json_read_text(char *out, size_t size, const json_t *object, const char *key);

/* Writes the document as text with a final newline, with enough digits to read back the same
 * numbers. Frees the document. Free *out with free(). FM_E_MEMORY. */
int fm_json_write(char **out, json_t *document, fm_error *error);

#endif
