/* Limits the time that queued work takes, so that an interrupt does not wait long for it. An empty
 * queue a few times per second costs almost nothing. */
#ifndef FM_TRAIN_THROTTLE_H
#define FM_TRAIN_THROTTLE_H

#include "backend/backend.h"

typedef struct fm_throttle {
    fm_backend *backend;
    double drained;       /* clock when the queue was last known to be empty */
    double queued;        /* images queued since then; 0 after a wait */
    double image_seconds; /* seconds per image; 0: not known yet */
} fm_throttle;

/* Starts a phase of work (training or validation) with an empty queue. Zero-initialize the struct
 * before the first call. */
void fm_throttle_begin(fm_throttle *throttle, fm_backend *backend);

/* Call this after queueing `images` images. It waits if the queue has too much work. */
int fm_throttle_add(fm_throttle *throttle, size_t images, fm_error *error);

#endif
