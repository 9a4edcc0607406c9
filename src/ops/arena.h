/* One device buffer for all matrices and parameters, so that one kernel can work on any of them:
 * OpenCL 1.2 has no pointers in a device's memory, but numbers count from the start of a buffer. */
#ifndef FM_OPS_ARENA_H
#define FM_OPS_ARENA_H

#include "cl/context.h"

/* Zeroed is empty. The buffer is made, or grows, at the first use after places were given away:
 * a network gives away all of its own before it uses one. */
typedef struct fm_arena {
    cl_mem buffer;
    size_t size;  /* floats in the buffer */
    size_t given; /* floats given away so far */
    size_t users; /* of those that hold a place */
} fm_arena;

/* A place for that many floats, zero at first; counted from the buffer's start. FM_E_MEMORY when
 * kernels could not count so far. */
int fm_arena_take(int *place, fm_arena *arena, size_t floats, fm_error *error);

/* The buffer is there and holds all that was given away. Waits for nothing. FM_E_OPENCL. */
int fm_arena_prepare(fm_arena *arena, const fm_cl_context *context, fm_error *error);

/* One place less; the memory goes with the last one. */
void fm_arena_leave(fm_arena *arena);

#endif
