/* A ring of pieces of memory, which can be given back one by one or all at once: for what a foreign
 * library holds, when it is left by a jump. Not for two threads at a time. */
#ifndef FM_BASE_RING_H
#define FM_BASE_RING_H

#include <stdalign.h>
#include <stddef.h>

/* Before each piece; one alone is a ring of itself. */
typedef struct fm_ring {
    alignas(max_align_t) struct fm_ring *previous;
    struct fm_ring *next;
} fm_ring;

void fm_ring_start(fm_ring *ring);

/* size bytes, not zeroed; alone when ring is NULL. NULL for want of memory. */
void *fm_ring_allocate(fm_ring *ring, size_t size);

/* As realloc: what lies in bytes is moved, or stays as it is when NULL comes back. */
void *fm_ring_reallocate(void *bytes, size_t size);

/* Gives one piece back, in a ring or alone; nothing when bytes is NULL. */
void fm_ring_release(void *bytes);

/* Leaves each piece alone: all of them live on, the ring is empty. */
void fm_ring_scatter(fm_ring *ring);

/* Gives all pieces back. */
void fm_ring_free(fm_ring *ring);

#endif
