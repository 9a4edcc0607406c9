/* SHA-256 as text. */
#ifndef FM_BASE_SHA256_H
#define FM_BASE_SHA256_H

#include <nettle/sha2.h>

enum { FM_SHA256_TEXT = 2 * SHA256_DIGEST_SIZE + 1 };

/* The sum of all bytes so far, in hexadecimal; the context can go on. */
void fm_sha256_text(char out[FM_SHA256_TEXT], const struct sha256_ctx *context);

#endif
