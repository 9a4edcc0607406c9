#include "io/cache.h"

#include <stdio.h>
#include <string.h>

#include "base/sha256.h"
#include "io/file.h"

enum { SUM_DIGITS = 16 };

int fm_cache_path(char *out, size_t size, const char *folder, const char *kind, const char *about) {
    char name[FM_SHA256_TEXT];
    struct sha256_ctx sum;
    sha256_init(&sum);
    sha256_update(&sum, strlen(about), (const uint8_t *)about);
    fm_sha256_text(name, &sum);
    int length = snprintf(out, size, "%s/%s-%.*s", folder, kind, SUM_DIGITS, name);
    return length > 0 && (size_t)length < size;
}

/* Exact match, because the folder may contain the user's own files as well. */
static int is_of_kind(const char *name, const char *kind) {
    const size_t length = strlen(kind);
    if (strncmp(name, kind, length) != 0 || name[length] != '-')
        return 0;
    const char *sum = name + length + 1;
    return strlen(sum) == SUM_DIGITS && strspn(sum, "0123456789abcdef") == SUM_DIGITS;
}

void fm_cache_remove(const char *folder, const char *kind) {
    fm_file_remove_some(folder, is_of_kind, kind);
}
