/* Where a training stands: all that it takes to go on with it, on any device, in memory or in a
 * file. The order of an epoch's images follows from the seed and the epoch's number alone, so those
 * and the position are the whole state of what is random. */
#ifndef FMNIST_CL_TRAIN_STATE_H
#define FMNIST_CL_TRAIN_STATE_H

#include <stddef.h>
#include <stdint.h>

#include "fmnist_cl/error.h"
#include "fmnist_cl/evaluation.h"
#include "fmnist_cl/weights.h"

/* One epoch's figures. */
typedef struct fm_epoch {
    size_t number;  /* from 1 */
    size_t steps;   /* updates in this epoch; fewer when max_steps ended it */
    fm_score train; /* mean over the epoch's images, as they were trained on */
    int has_val;    /* 0 when there is no validation set */
    fm_score val;
    double lr;
    double seconds; /* the training part alone */
    double images_per_s;
} fm_epoch;

enum { FM_MAX_SLOTS = 2 };

typedef struct fm_train_state {
    uint64_t steps; /* updates made */
    fm_weights *weights;
    /* What the optimiser keeps beside each weight: as many as it needs, none before the first step,
     * when all of it is zero. */
    size_t slot_count;
    fm_weights *slot[FM_MAX_SLOTS];
    /* The epochs that are completed. */
    size_t epochs;
    fm_epoch *history; /* [epochs] */
    size_t best_epoch; /* 0: none yet */
    fm_weights *best;  /* the weights after it; NULL: none yet */
    /* The epoch under way. */
    size_t position;  /* images of it that were trained on */
    float *losses;    /* [position], by position */
    uint8_t *classes; /* [position] */
    double seconds;   /* spent on them */
} fm_train_state;

/* The state before the first step; takes the weights over when it succeeds. Free with
 * fm_train_state_free. FM_E_MEMORY. */
int fm_train_state_create(fm_train_state **out, fm_weights *weights, fm_error *error);
void fm_train_state_free(fm_train_state *state);

/* Writes a safetensors file, whole or not at all. note is a text of the caller's that is kept with
 * the state. FM_E_FILE, FM_E_MEMORY. */
int fm_train_state_save(const fm_train_state *state, const char *note, const char *path,
                        fm_error *error);

/* Reads such a file; *note (free() it) is what was kept with it, NULL when it fails. Nothing in the
 * file is trusted, and its checksum must be right. FM_E_FILE, FM_E_FORMAT, FM_E_MEMORY. */
int fm_train_state_load(fm_train_state **out, char **note, const char *path, fm_error *error);

#endif
