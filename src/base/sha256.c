#include "base/sha256.h"

#include <stdio.h>

void fm_sha256_text(char out[FM_SHA256_TEXT], const struct sha256_ctx *context) {
    struct sha256_ctx copy = *context;
    uint8_t digest[SHA256_DIGEST_SIZE];
    sha256_digest(&copy, sizeof digest, digest);
    for (size_t i = 0; i < sizeof digest; i++)
        snprintf(out + 2 * i, 3, "%02x", digest[i]);
}
