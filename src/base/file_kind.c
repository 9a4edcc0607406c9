#include "base/file_kind.h"

#include <magic.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

void fm_file_kind(char out[FM_FILE_KIND_TEXT], const void *bytes, size_t size) {
    enum { SHOWN = 40 };
    magic_t magic = magic_open(MAGIC_NONE);
    const char *kind = magic && !magic_load(magic, NULL) ? magic_buffer(magic, bytes, size) : NULL;
    if (!kind || !strcmp(kind, "data"))
        kind = "unknown data";
    const int length = (int)strcspn(kind, ",");
    if (strstr(kind, "text")) {
        char begin[SHOWN + 1] = {0};
        memcpy(begin, bytes, size < SHOWN ? size : SHOWN);
        begin[strcspn(begin, "\r\n")] = '\0';
        fm_utf8_clean(begin, 0);
        snprintf(out, FM_FILE_KIND_TEXT, "%.*s that begins with \"%s\"", length, kind, begin);
    } else {
        snprintf(out, FM_FILE_KIND_TEXT, "%.*s", length, kind);
    }
    if (magic)
        magic_close(magic);
}
