/* Bounds the time that queued work takes: who interrupts a training must not wait longer for it.
 * What it costs, to let the queue run dry now and then, is next to nothing. */
#ifndef FM_TRAIN_PACE_H
#define FM_TRAIN_PACE_H

#include "ops/ops.h"

typedef struct fm_pace {
    fm_ops *ops;
    double drained;       /* clock when the queue was last known to be empty, */
    double waiting;       /* images that were queued since then, */
    double image_seconds; /* and what each takes; 0: not known yet */
} fm_pace;

/* The queue is empty, and work of this pace's kind begins. Zero before the first time. */
void fm_pace_begin(fm_pace *pace, fm_ops *ops);

/* After so many images were queued; waits when it is too much. */
int fm_pace_add(fm_pace *pace, size_t images, fm_error *error);

/* Nothing was queued since it waited. */
int fm_pace_is_drained(const fm_pace *pace);

#endif
