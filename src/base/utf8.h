/* Characters of UTF-8 in texts from outside: file names, arguments, drivers' answers. */
#ifndef FM_BASE_UTF8_H
#define FM_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of the character at text, which a zero ends, and its number; 0 of both where none begins.
 * Overlong forms, surrogates and what lies past U+10FFFF are none. */
size_t fm_utf8_character(uint32_t *code, const char *text);

/* Whether a character does nothing but show: terminals obey U+0000 to U+001F and U+007F to U+009F,
 * and U+202A to U+202E and U+2066 to U+2069 turn what stands around them. */
int fm_utf8_is_shown(uint32_t code);

/* Replaces by '?' what does more than show, and bytes that are no UTF-8; keep_lines keeps line ends
 * and tabs. */
void fm_utf8_clean(char *text, int keep_lines);

#endif
