#include "io/cache.h"

#include <stdio.h>
#include <string.h>

#include "base/sha256.h"

int fm_cache_path(char *out, size_t size, const char *folder, const char *kind, const char *about) {
    char name[FM_SHA256_TEXT];
    struct sha256_ctx sum;
    sha256_init(&sum);
    sha256_update(&sum, strlen(about), (const uint8_t *)about);
    fm_sha256_text(name, &sum);
    int length = snprintf(out, size, "%s/%s-%.16s", folder, kind, name);
    return length > 0 && (size_t)length < size;
}
