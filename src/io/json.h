/* Parts of JSON documents. What cannot be made for want of memory is NULL, and so is every document
 * that it becomes a part of: one check, in fm_json_write, is enough. */
#ifndef FM_IO_JSON_H
#define FM_IO_JSON_H

#include <stdint.h>

#include <jansson.h>

#include "base/text.h"
#include "fmnist_cl/error.h"

/* null when the value is not finite: JSON has no such numbers. */
json_t *fm_json_real(double value);

/* JSON numbers end at 2^63 - 1 in most readers: what is above is written as text. */
json_t *fm_json_unsigned(uint64_t value);

/* Any text; JSON's null for NULL. When it is not UTF-8, what is not ASCII becomes '?'. */
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

/* The document as text, with digits enough to read back the same numbers, ended by a line end;
 * frees the document. The caller frees *out. FM_E_MEMORY. */
int fm_json_write(char **out, json_t *document, fm_error *error);

#endif
