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
