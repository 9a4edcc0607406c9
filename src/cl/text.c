#include "cl/text.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/utf8.h"

static bool is_blank(uint32_t code) {
    return code == ' ' || code < 0x20 || (code >= 0x7f && code < 0xa0);
}

void fm_cl_text_clean(char *out, size_t size, const char *text) {
    const char *in = text;
    size_t used = 0;
    bool gap = false;
    while (*in) {
        uint32_t code;
        size_t length = fm_utf8_character(&code, in);
        if (length > 0 && is_blank(code)) {
            gap = used > 0;
            in += length;
            continue;
        }
        length = fm_utf8_is_shown(code) ? length : 0;
        size_t written = length > 0 ? length : 1;
        if (used + (gap ? 1 : 0) + written >= size)
            break;
        /* When out is text, this never overwrites unread input: the space takes the place of at
         * least one blank already read. */
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
