#include "base/utf8.h"

size_t fm_utf8_character(uint32_t *code, const char *text) {
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *at = (const unsigned char *)text;
    const size_t length = at[0] < 0x80   ? 1
                          : at[0] < 0xc0 ? 0
                          : at[0] < 0xe0 ? 2
                          : at[0] < 0xf0 ? 3
                          : at[0] < 0xf8 ? 4
                                         : 0;
    uint32_t number = length == 1 ? at[0] : at[0] & (0x7fU >> length);
    *code = 0;
    for (size_t i = 1; i < length; i++) {
        if ((at[i] & 0xc0) != 0x80) /* also stops at the terminating zero */
            return 0;
        number = number << 6 | (at[i] & 0x3fU);
    }
    if (number < least[length] || number > 0x10ffff || (number >= 0xd800 && number <= 0xdfff))
        return 0;
    *code = length ? number : 0;
    return length;
}

int fm_utf8_is_shown(uint32_t code) {
    int controls = code < 0x20 || (code >= 0x7f && code < 0xa0);
    int turns = (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
    return !controls && !turns;
}
