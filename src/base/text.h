/* A growing string. An append that fails for lack of memory is remembered in the text, so that one
 * check at the end, in fm_text_take, is enough. Initialize with {0}. */
#ifndef FM_BASE_TEXT_H
#define FM_BASE_TEXT_H

#include <stdarg.h>
#include <stddef.h>

#include "fmnist_cl/error.h"

typedef struct fm_text {
    char *bytes; /* zero-terminated; NULL while empty */
    size_t length, capacity;
    int failed; /* memory ran out: everything appended since is lost */
} fm_text;

void fm_text_add(fm_text *text, const char *string);
void fm_text_add_bytes(fm_text *text, const char *bytes, size_t size);
void fm_text_print(fm_text *text, const char *format, ...) FM_PRINTF(2, 3);
void fm_text_vprint(fm_text *text, const char *format, va_list arguments) FM_PRINTF(2, 0);

/* Stores the string in *out (free with free()) and empties the text. FM_E_MEMORY if an append
 * failed; what names the text in the message. */
int fm_text_take(char **out, fm_text *text, const char *what, fm_error *error);
void fm_text_free(fm_text *text);

#endif
