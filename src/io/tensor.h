/* The tensors and the metadata of a safetensors file. */
#ifndef FM_IO_TENSOR_H
#define FM_IO_TENSOR_H

#include <stddef.h>

enum { FM_TENSOR_MAX_RANK = 8 };

enum fm_tensor_type { FM_TENSOR_F32, FM_TENSOR_F64, FM_TENSOR_TYPES };

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

typedef struct fm_metadata {
    const char *key, *value; /* UTF-8 */
} fm_metadata;

const char *fm_tensor_type_name(enum fm_tensor_type type); /* "F32", "F64" */
size_t fm_tensor_type_size(enum fm_tensor_type type);      /* bytes per value */
size_t fm_tensor_bytes(const fm_tensor *tensor);

#endif
