/* Decodes UTF-8 in text from outside: file names, arguments, answers of drivers. */
#ifndef FM_BASE_UTF8_H
#define FM_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Decodes the first character of the zero-terminated text: returns its length in bytes and writes
 * its code point to *code. Both are 0 if no valid character begins there: overlong forms,
 * surrogates and values above U+10FFFF are invalid. */
size_t fm_utf8_character(uint32_t *code, const char *text);

/* Whether a character is printable and harmless. False for control characters (U+0000 to U+001F,
 * U+007F to U+009F) and for bidirectional controls (U+202A to U+202E, U+2066 to U+2069), which
 * reorder the text around them. */
int fm_utf8_is_shown(uint32_t code);

#endif
