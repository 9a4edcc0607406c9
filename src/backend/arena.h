/* One device buffer for all tensors, so that one kernel can work on any of them: OpenCL 1.2 has no
 * pointers in device memory, but a kernel can count floats from the start of a buffer. */
#ifndef FM_BACKEND_ARENA_H
#define FM_BACKEND_ARENA_H

#include "cl/context.h"

/* All zero is an empty arena. The buffer is created, or grows, at the first use after a
 * reservation: a network reserves all of its places before it uses one, so its buffer is created
 * once. */
typedef struct fm_arena {
    cl_mem buffer;
    size_t size;     /* floats in the buffer */
    size_t reserved; /* floats reserved so far */
    size_t users;    /* reservations that were not released */
} fm_arena;

/* Reserves that many floats, zero at first, and writes where they start, in floats from the start
 * of the buffer. FM_E_MEMORY when kernels could not count so far. */
int fm_arena_reserve(int *place, fm_arena *arena, size_t floats, fm_error *error);

/* Makes the buffer as large as the reservations. Waits for nothing. FM_E_OPENCL. */
int fm_arena_prepare(fm_arena *arena, const fm_cl_context *context, fm_error *error);

/* Ends a reservation; the buffer is freed with the last one. */
void fm_arena_release(fm_arena *arena);

#endif
