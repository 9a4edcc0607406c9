#include "base/ring.h"

#include <stdint.h>
#include <stdlib.h>

static void join(fm_ring *piece, fm_ring *ring) {
    piece->previous = ring;
    piece->next = ring->next;
    ring->next->previous = piece;
    ring->next = piece;
}

static void leave(fm_ring *piece) {
    piece->previous->next = piece->next;
    piece->next->previous = piece->previous;
    fm_ring_start(piece);
}

void fm_ring_start(fm_ring *ring) {
    ring->previous = ring->next = ring;
}

void *fm_ring_allocate(fm_ring *ring, size_t size) {
    if (size > SIZE_MAX - sizeof *ring)
        return NULL;
    fm_ring *piece = malloc(sizeof *piece + size);
    if (!piece)
        return NULL;
    fm_ring_start(piece);
    if (ring)
        join(piece, ring);
    return piece + 1;
}

void *fm_ring_reallocate(void *bytes, size_t size) {
    fm_ring *piece = (fm_ring *)bytes - 1, *before = piece->previous;
    int is_alone = before == piece;
    if (size > SIZE_MAX - sizeof *piece)
        return NULL;
    leave(piece);
    fm_ring *moved = realloc(piece, sizeof *piece + size);
    fm_ring *kept = moved ? moved : piece;
    fm_ring_start(kept);
    if (!is_alone)
        join(kept, before);
    return moved ? moved + 1 : NULL;
}

void fm_ring_release(void *bytes) {
    if (!bytes)
        return;
    fm_ring *piece = (fm_ring *)bytes - 1;
    leave(piece);
    free(piece);
}

void fm_ring_scatter(fm_ring *ring) {
    while (ring->next != ring)
        leave(ring->next);
}

void fm_ring_free(fm_ring *ring) {
    while (ring->next != ring)
        fm_ring_release(ring->next + 1);
}
