/* Builds and writes JSON. A value that cannot be created for lack of memory is NULL, and so is
 * every document that would contain it: the check in fm_json_write is enough. */
#ifndef FM_IO_JSON_H
#define FM_IO_JSON_H

#include <stdint.h>

#include <jansson.h>

#include "base/text.h"
#include "fmnist_cl/error.h"

/* null if the value is not finite, because JSON has no NaN and infinity. */
json_t *fm_json_real(double value);

/* Writes values above 2^63 - 1 as text, because most JSON readers do not support such integers. */
json_t *fm_json_unsigned(uint64_t value);

/* A string; null for NULL. If text is not UTF-8, replaces non-ASCII bytes by '?'. */
json_t *fm_json_text(const char *text);

/* Appends item, whose reference it takes, to *array; *array becomes NULL when it cannot. */
void fm_json_append(json_t **array, json_t *item);

/* Reads a document; NULL when it is none, and then *no_memory says whether that is only for want of
 * memory. Never another document than the text's. */
json_t *fm_json_parse(int *no_memory, const char *text, size_t length, json_error_t *problem);

/* Reads a file that holds one, of at most 1 MiB; json_decref *out. FM_E_FILE, FM_E_FORMAT,
 * FM_E_MEMORY. */
int fm_json_read_file(json_t **out, const char *path, fm_error *error);

/* Adds a value to the text as jansson dumps it: for want of memory with a piece left out, perhaps.
 */
void fm_json_print(fm_text *text, const json_t *value, size_t flags);

/* The same as a text of its own, with digits enough; but NULL rather than another document. free()
 * it. */
char *fm_json_dump(const json_t *document, size_t flags);

/* Writes the document as text with a final newline, with enough digits to read back the same
 * numbers. Frees the document. Free *out with free(). FM_E_MEMORY. */
int fm_json_write(char **out, json_t *document, fm_error *error);

#endif
