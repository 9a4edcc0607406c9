/* Reads safetensors files: named tensors. A file is the header's length in 8 bytes (little endian),
 * the header as JSON, and the tensors' bytes without gaps. This reader supports only F32 and F64,
 * the types that this program writes. */
#ifndef FM_IO_SAFETENSORS_H
#define FM_IO_SAFETENSORS_H

#include <stddef.h>

#include "fmnist_cl/error.h"

enum {
    FM_TENSOR_MAX_RANK = 8,
    /* Limit for reading and writing, so data that grows belongs in a tensor. The format allows 100
     * times as much, but as JSON that would take gigabytes of memory. The largest network needs
     * less than 32 kB. */
    FM_SAFETENSORS_MAX_HEADER = 1000 * 1000,
};

enum fm_tensor_type { FM_TENSOR_F32, FM_TENSOR_F64 };

typedef struct fm_tensor {
    const char *name;
    enum fm_tensor_type type;
    size_t rank; /* 0 for a scalar */
    size_t shape[FM_TENSOR_MAX_RANK];
    size_t count; /* product of the shape */
    union {
        const float *values;
        const double *doubles; /* F64 */
    };
} fm_tensor;

size_t fm_tensor_bytes(const fm_tensor *tensor);

typedef struct fm_metadata {
    const char *key, *value; /* UTF-8 */
} fm_metadata;

typedef struct fm_safetensors fm_safetensors;

/* Reads a file and validates it: type, shape and place of every tensor, and the checksum if the
 * file has one. Does not check the values. Free with fm_safetensors_free. FM_E_FILE, FM_E_FORMAT or
 * FM_E_MEMORY. */
int fm_safetensors_read(fm_safetensors **out, const char *path, fm_error *error);
void fm_safetensors_free(fm_safetensors *file);

/* Views, valid as long as the file. Tensors are in the order of the file. */
size_t fm_safetensors_count(const fm_safetensors *file);
const fm_tensor *fm_safetensors_get(const fm_safetensors *file, size_t index);
const fm_tensor *fm_safetensors_find(const fm_safetensors *file, const char *name); /* or NULL */
const char *fm_safetensors_metadata(const fm_safetensors *file, const char *key);   /* or NULL */

/* Writes a file, whole or not at all, with a checksum of what it holds among its metadata. Tensors
 * lie in the order given, those of doubles must come first; each count must be the product of the
 * shape. The same arguments give the same bytes. FM_E_FILE, FM_E_MEMORY, or FM_E_ARGUMENT when the
 * header would be too large to be read again. */
int fm_safetensors_write(const char *path, const fm_tensor *tensors, size_t tensor_count,
                         const fm_metadata *metadata, size_t metadata_count, fm_error *error);

#endif
