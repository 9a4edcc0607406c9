/* A SHA-256 digest as text. */
#ifndef FM_BASE_SHA256_H
#define FM_BASE_SHA256_H

#include <nettle/sha2.h>

enum { FM_SHA256_TEXT = 2 * SHA256_DIGEST_SIZE + 1 };

/* The digest of all bytes so far, in hexadecimal. The context can continue to be updated. */
void fm_sha256_text(char out[FM_SHA256_TEXT], const struct sha256_ctx *context);

#endif
