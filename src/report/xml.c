#include "report/xml.h"

#include <stdint.h>

size_t fm_xml_character(const char *text) {
    const unsigned char *at = (const unsigned char *)text;
    if (at[0] < 0x80)
        return (at[0] >= 0x20 && at[0] != 0x7f) || at[0] == '\t' || at[0] == '\n';
    size_t length = at[0] >= 0xf0 && at[0] < 0xf5   ? 4
                    : at[0] >= 0xe0 && at[0] < 0xf0 ? 3
                    : at[0] >= 0xc2 && at[0] < 0xe0 ? 2
                                                    : 0;
    uint32_t code = length ? at[0] & (0xffU >> (length + 1)) : 0;
    for (size_t i = 1; i < length; i++) {
        if (at[i] < 0x80 || at[i] > 0xbf)
            return 0;
        code = code << 6 | (at[i] & 0x3fU);
    }
    static const uint32_t least[] = {0, 0, 0xa0, 0x800, 0x10000};
    int allowed = code >= least[length] && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) &&
                  code != 0xfffe && code != 0xffff;
    /* U+202A to U+202E and U+2066 to U+2069 would turn what stands around them. */
    int turns = (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
    return allowed && !turns ? length : 0;
}

void fm_xml_add(fm_text *out, const char *text) {
    while (*text) {
        size_t length = fm_xml_character(text);
        const char *escaped = *text == '&'    ? "&amp;"
                              : *text == '<'  ? "&lt;"
                              : *text == '>'  ? "&gt;"
                              : *text == '"'  ? "&quot;"
                              : *text == '\'' ? "&#39;"
                              : !length       ? "\xef\xbf\xbd"
                                              : NULL;
        if (escaped)
            fm_text_add(out, escaped);
        else
            fm_text_add_bytes(out, text, length);
        text += length ? length : 1;
    }
}
