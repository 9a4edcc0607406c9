#include "base/shell.h"

#include <string.h>

void fm_shell_add_word(fm_text *out, const char *word) {
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_./,:+@%-";
    if (*word && strspn(word, plain) == strlen(word)) {
        fm_text_add(out, word);
        return;
    }
    fm_text_add(out, "'");
    for (; *word; word++) {
        if (*word == '\'')
            fm_text_add(out, "'\\''");
        else
            fm_text_add_bytes(out, word, 1);
    }
    fm_text_add(out, "'");
}
