/* The checksum that our safetensors files carry among their metadata. */
#ifndef FM_IO_SAFETENSORS_SUM_H
#define FM_IO_SAFETENSORS_SUM_H

#include "base/sha256.h"
#include "fmnist_cl/error.h"
#include "io/tensor.h"

/* The two keys: which sum it is, and the sum. Two, so that a bit that is flipped in one of them
 * does not make the file one that has no checksum. */
#define FM_SAFETENSORS_SUM_KIND "content-checksum"
#define FM_SAFETENSORS_SUM      "content-sha256"

/* SHA-256 of what the file holds, not of its bytes: another program may write the same content in
 * another order. The tensors in the order of their names: name, zero, rank and shape as 64 bits
 * each (little endian), values; then the metadata in the order of their keys, those two left out:
 * key, zero, value, zero. FM_E_MEMORY. */
int fm_safetensors_sum(char out[FM_SHA256_TEXT], const fm_tensor *tensors, size_t tensor_count,
                       const fm_metadata *metadata, size_t metadata_count, const char *path,
                       fm_error *error);

#endif
