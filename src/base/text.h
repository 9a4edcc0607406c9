/* A text that grows. Appending never fails at once: a text that memory ran out for remembers it, so
 * that one check at the end, fm_text_take, is enough. Start with {0}. */
#ifndef FM_BASE_TEXT_H
#define FM_BASE_TEXT_H

#include <stdarg.h>
#include <stddef.h>

#include "fmnist_cl/error.h"

typedef struct fm_text {
    char *bytes; /* ended by a zero; NULL while nothing was added */
    size_t length, capacity;
    int failed; /* memory ran out: what was added since is lost */
} fm_text;

void fm_text_add(fm_text *text, const char *string);
void fm_text_add_bytes(fm_text *text, const char *bytes, size_t size);
void fm_text_print(fm_text *text, const char *format, ...) FM_PRINTF(2, 3);
void fm_text_vprint(fm_text *text, const char *format, va_list arguments) FM_PRINTF(2, 0);

/* Hands the string over in *out (free() it) and empties the text. FM_E_MEMORY when it had failed,
 * with what naming it. */
int fm_text_take(char **out, fm_text *text, const char *what, fm_error *error);
void fm_text_free(fm_text *text);

#endif
