#include "ops/arena.h"

#include <limits.h>

#include "cl/buffer.h"

/* Floats of a cache line: a place begins where a vector may. */
enum { ALIGN = 16 };

int fm_arena_take(int *place, fm_arena *arena, size_t floats, fm_error *error) {
    size_t rounded = floats + ALIGN;
    rounded -= rounded % ALIGN;
    if (rounded > INT_MAX - arena->given)
        return fm_error_set(error, FM_E_MEMORY, "device memory",
                            "%zu floats beside %zu are more than a kernel can count", floats,
                            arena->given);
    *place = (int)arena->given;
    arena->given += rounded;
    arena->users++;
    return FM_OK;
}

int fm_arena_prepare(fm_arena *arena, const fm_cl_context *context, fm_error *error) {
    cl_mem grown = NULL;
    if (arena->given <= arena->size)
        return FM_OK;
    int status = fm_cl_buffer_create(&grown, context, arena->given * sizeof(float), error);
    if (!status && arena->buffer)
        status =
            fm_cl_buffer_copy(grown, arena->buffer, context, arena->size * sizeof(float), error);
    if (status) {
        fm_cl_buffer_free(grown);
        return status;
    }
    fm_cl_buffer_free(arena->buffer);
    arena->buffer = grown;
    arena->size = arena->given;
    return FM_OK;
}

void fm_arena_leave(fm_arena *arena) {
    if (--arena->users)
        return;
    fm_cl_buffer_free(arena->buffer);
    *arena = (fm_arena){0};
}
