/* The tensors and the metadata of a safetensors file. */
#ifndef FM_IO_TENSOR_H
#define FM_IO_TENSOR_H

#include <stddef.h>

enum { FM_TENSOR_MAX_RANK = 8 };

/* This program writes F32 and F64. It reads all types, and the values of the first four. */
enum fm_tensor_type {
    FM_TENSOR_F32,
    FM_TENSOR_F64,
    FM_TENSOR_F16,
    FM_TENSOR_BF16,
    FM_TENSOR_FLOATS, /* the types from here on are not read as numbers */
    FM_TENSOR_I64 = FM_TENSOR_FLOATS,
    FM_TENSOR_I32,
    FM_TENSOR_I16,
    FM_TENSOR_I8,
    FM_TENSOR_U64,
    FM_TENSOR_U32,
    FM_TENSOR_U16,
    FM_TENSOR_U8,
    FM_TENSOR_BOOL,
    FM_TENSOR_F8_E4M3,
    FM_TENSOR_F8_E5M2,
    FM_TENSOR_TYPES
};

typedef struct fm_tensor {
    const char *name;
    enum fm_tensor_type type;
    size_t rank; /* 0 for a scalar */
    size_t shape[FM_TENSOR_MAX_RANK];
    size_t count; /* product of the shape */
    union {
        const float *values;
        const double *doubles; /* F64 */
        const void *bytes;     /* any type */
    };
} fm_tensor;

typedef struct fm_metadata {
    const char *key, *value; /* UTF-8 */
} fm_metadata;

const char *fm_tensor_type_name(enum fm_tensor_type type); /* "F32", "BF16", ... */
size_t fm_tensor_type_size(enum fm_tensor_type type);      /* bytes per value */
size_t fm_tensor_bytes(const fm_tensor *tensor);
/* A value of a tensor of one of the FM_TENSOR_FLOATS first types; F64 is rounded. */
float fm_tensor_value(const fm_tensor *tensor, size_t index);

#endif
