#include "io/tensor.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

static const struct {
    const char *name;
    size_t size;
} types[FM_TENSOR_TYPES] = {
    [FM_TENSOR_F32] = {"F32", 4},         [FM_TENSOR_F64] = {"F64", 8},
    [FM_TENSOR_F16] = {"F16", 2},         [FM_TENSOR_BF16] = {"BF16", 2},
    [FM_TENSOR_I64] = {"I64", 8},         [FM_TENSOR_I32] = {"I32", 4},
    [FM_TENSOR_I16] = {"I16", 2},         [FM_TENSOR_I8] = {"I8", 1},
    [FM_TENSOR_U64] = {"U64", 8},         [FM_TENSOR_U32] = {"U32", 4},
    [FM_TENSOR_U16] = {"U16", 2},         [FM_TENSOR_U8] = {"U8", 1},
    [FM_TENSOR_BOOL] = {"BOOL", 1},       [FM_TENSOR_F8_E4M3] = {"F8_E4M3", 1},
    [FM_TENSOR_F8_E5M2] = {"F8_E5M2", 1},
};

const char *fm_tensor_type_name(enum fm_tensor_type type) {
    return types[type].name;
}

size_t fm_tensor_type_size(enum fm_tensor_type type) {
    return types[type].size;
}

size_t fm_tensor_bytes(const fm_tensor *tensor) {
    return tensor->count * types[tensor->type].size;
}

/* IEEE binary16: a sign, 5 bits of exponent with bias 15, 10 bits of fraction. */
static float from_half(uint16_t bits) {
    const int exponent = bits >> 10 & 31;
    const int fraction = bits & 1023;
    float size;
    if (exponent == 31)
        size = fraction ? NAN : INFINITY;
    else if (exponent == 0)
        size = ldexpf((float)fraction, -24);
    else
        size = ldexpf((float)(1024 + fraction), exponent - 25);
    return bits >> 15 ? -size : size;
}

/* bfloat16: the upper half of a float. */
static float from_brain(uint16_t bits) {
    const uint32_t whole = (uint32_t)bits << 16;
    float value;
    memcpy(&value, &whole, sizeof value);
    return value;
}

float fm_tensor_value(const fm_tensor *tensor, size_t index) {
    const uint16_t *halves = tensor->bytes;
    switch (tensor->type) {
    case FM_TENSOR_F64:
        return (float)tensor->doubles[index];
    case FM_TENSOR_F16:
        return from_half(halves[index]);
    case FM_TENSOR_BF16:
        return from_brain(halves[index]);
    default:
        return tensor->values[index];
    }
}
