#include "support/safetensors_bytes.h"

#include <stdlib.h>
#include <string.h>

#include "support/check.h"
#include "support/temporary.h"

void safetensors_bytes_write_values(const char *path, const char *header, const float *values,
                                    size_t count) {
    size_t length = strlen(header), size = 8 + length + count * sizeof *values;
    unsigned char *bytes = malloc(size);
    assert_non_null(bytes);
    for (size_t i = 0; i < 8; i++)
        bytes[i] = (unsigned char)((uint64_t)length >> 8 * i);
    memcpy(bytes + 8, header, length);
    if (count)
        memcpy(bytes + 8 + length, values, count * sizeof *values);
    temporary_write(path, bytes, size);
    free(bytes);
}

void safetensors_bytes_write(const char *path, const char *header, size_t count) {
    float *values = malloc((count + 1) * sizeof *values);
    assert_non_null(values);
    for (size_t i = 0; i < count; i++)
        values[i] = (float)(i + 1);
    safetensors_bytes_write_values(path, header, values, count);
    free(values);
}

fm_weights *safetensors_bytes_load(const char *path) {
    fm_weights *weights = NULL;
    fm_error error = {0};
    CHECK_OK(fm_weights_load(&weights, path, &error), &error);
    return weights;
}

void safetensors_bytes_refuse_file(const char *path, const char *why) {
    fm_weights *weights;
    fm_error error = {0};
    assert_int_equal(fm_weights_load(&weights, path, &error), FM_E_FORMAT);
    assert_null(weights);
    assert_string_equal(error.what, path);
    CHECK_SAYS(error.why, why);
}

void safetensors_bytes_refuse(const char *folder, const char *header, size_t count,
                              const char *why) {
    const char *path = temporary_path(folder, "refused");
    safetensors_bytes_write(path, header, count);
    safetensors_bytes_refuse_file(path, why);
}
