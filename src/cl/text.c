#include "cl/text.h"

#include <stdbool.h>
#include <string.h>

/* The length of the valid UTF-8 sequence at the start of text, 0 when there is none. Overlong
 * forms, surrogates and what lies past U+10FFFF are not valid. */
static size_t sequence_length(const unsigned char *text) {
    if (text[0] < 0x80)
        return 1;
    size_t length = text[0] >= 0xF0 ? 4 : text[0] >= 0xE0 ? 3 : 2;
    if (text[0] < 0xC2 || text[0] > 0xF4)
        return 0;
    for (size_t i = 1; i < length; i++) {
        if ((text[i] & 0xC0) != 0x80) /* stops at the terminating zero too */
            return 0;
    }
    if ((text[0] == 0xE0 && text[1] < 0xA0) || (text[0] == 0xED && text[1] > 0x9F) ||
        (text[0] == 0xF0 && text[1] < 0x90) || (text[0] == 0xF4 && text[1] > 0x8F))
        return 0;
    return length;
}

/* The control characters of ASCII, and U+0080 to U+009F, which some terminals obey as well. */
static bool is_blank(const unsigned char *text, size_t length) {
    return text[0] <= ' ' || text[0] == 0x7F || (length == 2 && text[0] == 0xC2 && text[1] < 0xA0);
}

void fm_cl_text_clean(char *out, size_t size, const char *text) {
    const unsigned char *in = (const unsigned char *)text;
    size_t used = 0;
    bool gap = false;
    while (*in) {
        size_t length = sequence_length(in);
        if (length > 0 && is_blank(in, length)) {
            gap = used > 0;
            in += length;
            continue;
        }
        size_t written = length > 0 ? length : 1;
        if (used + (gap ? 1 : 0) + written >= size)
            break;
        /* In place this never overtakes the reader: a gap was read before it is written. */
        if (gap)
            out[used++] = ' ';
        gap = false;
        if (length > 0)
            memmove(out + used, in, length);
        else
            out[used] = '?';
        used += written;
        in += written;
    }
    out[used] = '\0';
}
