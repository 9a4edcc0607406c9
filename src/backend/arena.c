#include "backend/arena.h"

#include <limits.h>

#include "cl/buffer.h"

/* Floats per cache line, so that every offset is aligned for vectors. */
enum { ALIGN = 16 };

int fm_arena_reserve(int *offset, fm_arena *arena, size_t floats, fm_error *error) {
    size_t rounded = floats + ALIGN;
    rounded -= rounded % ALIGN;
    if (rounded > INT_MAX - arena->reserved)
        return fm_error_set(error, FM_E_MEMORY, "device memory",
                            "%zu more floats exceed the limit of %d (%zu in use)", floats, INT_MAX,
                            arena->reserved);
    *offset = (int)arena->reserved;
    arena->reserved += rounded;
    arena->users++;
    return FM_OK;
}

int fm_arena_prepare(fm_arena *arena, const fm_cl_context *context, fm_error *error) {
    cl_mem grown = NULL;
    if (arena->reserved <= arena->size)
        return FM_OK;
    int status = fm_cl_buffer_create(&grown, context, arena->reserved * sizeof(float), error);
    if (!status && arena->buffer)
        status =
            fm_cl_buffer_copy(grown, arena->buffer, context, arena->size * sizeof(float), error);
    if (status) {
        fm_cl_buffer_free(grown);
        return status;
    }
    fm_cl_buffer_free(arena->buffer);
    arena->buffer = grown;
    arena->size = arena->reserved;
    return FM_OK;
}

void fm_arena_release(fm_arena *arena) {
    if (--arena->users)
        return;
    fm_cl_buffer_free(arena->buffer);
    *arena = (fm_arena){0};
}
