#include "report/xml.h"

#include <stdint.h>

#include "base/utf8.h"

size_t fm_xml_character(const char *text) {
    uint32_t code;
    size_t length = fm_utf8_character(&code, text);
    int allowed = fm_utf8_is_shown(code) || code == '\t' || code == '\n';
    return allowed && code != 0xfffe && code != 0xffff ? length : 0;
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
