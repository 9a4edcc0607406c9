#include "support/safetensors_bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/temporary.h"

void safetensors_bytes_write(const char *path, const char *header, size_t count) {
    size_t length = strlen(header), size = 8 + length + count * sizeof(float);
    unsigned char *bytes = malloc(size);
    assert_non_null(bytes);
    for (size_t i = 0; i < 8; i++)
        bytes[i] = (unsigned char)((uint64_t)length >> 8 * i);
    memcpy(bytes + 8, header, length);
    for (size_t i = 0; i < count; i++) {
        float value = (float)(i + 1);
        memcpy(bytes + 8 + length + i * sizeof value, &value, sizeof value);
    }
    temporary_write(path, bytes, size);
    free(bytes);
}
