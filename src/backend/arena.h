/* One device buffer for all tensors, so that one kernel can work on any of them: OpenCL 1.2 cannot
 * pass a list of buffers to a kernel, but a kernel can use offsets into one buffer. */
#ifndef FM_BACKEND_ARENA_H
#define FM_BACKEND_ARENA_H

#include "cl/context.h"

/* A zeroed struct is an empty arena. Its buffer is created, or grows, at the first use after a
 * reservation: a network reserves all its memory before it uses any, so the buffer is created once.
 */
typedef struct fm_arena {
    cl_mem buffer;
    size_t size;     /* floats in the buffer */
    size_t reserved; /* floats reserved so far */
    size_t users;    /* reservations not released yet */
} fm_arena;

/* Reserves `floats` floats, initially 0, and writes their offset in floats from the start of the
 * buffer. FM_E_MEMORY if the offset would not fit into an int. */
int fm_arena_reserve(int *offset, fm_arena *arena, size_t floats, fm_error *error);

/* Makes the buffer as large as the reservations, without waiting. FM_E_OPENCL. */
int fm_arena_prepare(fm_arena *arena, const fm_cl_context *context, fm_error *error);

/* Ends a reservation; the buffer is freed with the last one. */
void fm_arena_release(fm_arena *arena);

#endif
