#include "io/tensor.h"

static const struct {
    const char *name;
    size_t size;
} types[FM_TENSOR_TYPES] = {
    [FM_TENSOR_F32] = {"F32", sizeof(float)}, [FM_TENSOR_F64] = {"F64", sizeof(double)}};

const char *fm_tensor_type_name(enum fm_tensor_type type) {
    return types[type].name;
}

size_t fm_tensor_type_size(enum fm_tensor_type type) {
    return types[type].size;
}

size_t fm_tensor_bytes(const fm_tensor *tensor) {
    return tensor->count * types[tensor->type].size;
}
