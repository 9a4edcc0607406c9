/* The checksum in the metadata of our safetensors files. */
#ifndef FM_IO_SAFETENSORS_SUM_H
#define FM_IO_SAFETENSORS_SUM_H

#include "base/sha256.h"
#include "io/safetensors.h"

/* Metadata keys: the kind of the checksum, and its value. There are two keys, so that a flipped bit
 * in one of them does not make the file look like one without a checksum. */
#define FM_SAFETENSORS_SUM_KIND "content-checksum"
#define FM_SAFETENSORS_SUM      "content-sha256"

/* SHA-256 of the file's content rather than its bytes, because other programs may write the same
 * content in another order. Hashes the tensors sorted by name: name, zero byte, rank and shape as
 * 64-bit little-endian numbers, values. Then the metadata sorted by key, without the two keys
 * above: key, zero byte, value, zero byte. FM_E_MEMORY. */
int fm_safetensors_sum(char out[FM_SHA256_TEXT], const fm_tensor *tensors, size_t tensor_count,
                       const fm_metadata *metadata, size_t metadata_count, const char *path,
                       fm_error *error);

#endif
