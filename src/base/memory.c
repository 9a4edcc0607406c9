#include "base/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int fm_memory_allocate(void *out, size_t count, size_t size, const char *what, fm_error *error) {
    void *memory = NULL;
    if (size == 0 || count <= SIZE_MAX / size)
        memory = calloc(count ? count : 1, size ? size : 1);
    /* Any object pointer has the same representation on the systems OpenCL runs on. */
    memcpy(out, &memory, sizeof memory);
    if (!memory)
        return fm_error_set(error, FM_E_MEMORY, what, "no memory for %zu x %zu bytes", count, size);
    return FM_OK;
}
