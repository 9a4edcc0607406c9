/* Bounds the time that queued work takes, so that an interrupt does not wait long for it. Letting
 * the queue run dry now and then costs next to nothing. */
#ifndef FM_TRAIN_THROTTLE_H
#define FM_TRAIN_THROTTLE_H

#include "backend/backend.h"

typedef struct fm_throttle {
    fm_backend *backend;
    double drained;       /* clock when the queue was last known to be empty, */
    double queued;        /* images that were queued since then, */
    double image_seconds; /* and what each takes; 0: not known yet */
} fm_throttle;

/* The queue is empty, and work of this throttle's kind begins. Zero before the first time. */
void fm_throttle_begin(fm_throttle *throttle, fm_backend *backend);

/* Call it after so many images were queued. It waits when the queue holds too much. */
int fm_throttle_add(fm_throttle *throttle, size_t images, fm_error *error);

/* Whether nothing was queued since it waited. */
int fm_throttle_is_drained(const fm_throttle *throttle);

#endif
