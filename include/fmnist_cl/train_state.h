/* The state of a training: everything needed to resume it on any device, in memory or in a file.
 * Seed, epoch number and position determine the order of images, so there is no further random
 * state. */
#ifndef FMNIST_CL_TRAIN_STATE_H
#define FMNIST_CL_TRAIN_STATE_H

#include <stddef.h>
#include <stdint.h>

#include "fmnist_cl/decls.h"
#include "fmnist_cl/error.h"
#include "fmnist_cl/evaluation.h"
#include "fmnist_cl/weights.h"

FM_BEGIN_DECLS

/* Results of one epoch. */
typedef struct fm_epoch {
    size_t number;  /* from 1 */
    size_t steps;   /* updates in this epoch; fewer than usual if max_steps ended it */
    fm_score train; /* mean over the epoch's images, computed during training */
    int has_val;    /* 0 without a validation set */
    fm_score val;
    double lr;
    double seconds; /* training only, without validation */
    double images_per_s;
} fm_epoch;

enum { FM_MAX_SLOTS = 2 };

typedef struct fm_train_state {
    uint64_t steps; /* updates made */
    fm_weights *weights;
    /* The optimizer's state per weight: as many values as the optimizer needs; none before the
     * first step, when the state is zero. */
    size_t slot_count;
    fm_weights *slot[FM_MAX_SLOTS];
    /* Finished epochs. */
    size_t epochs;
    fm_epoch *history; /* [epochs] */
    size_t best_epoch; /* 0: none yet */
    fm_weights *best;  /* the weights after that epoch; NULL: none yet */
    /* The current epoch, if it is unfinished. */
    size_t position;  /* images of it already used */
    float *losses;    /* [position], in the order of training */
    uint8_t *classes; /* [position], predictions */
    double seconds;   /* training time so far */
} fm_train_state;

/* The state before the first step. On success it takes ownership of the weights. Free with
 * fm_train_state_free. FM_E_MEMORY. */
int fm_train_state_create(fm_train_state **out, fm_weights *weights, fm_error *error);
void fm_train_state_free(fm_train_state *state);

/* Writes a safetensors file, atomically. note is the caller's text to store with the state.
 * FM_E_FILE, FM_E_MEMORY. */
int fm_train_state_save(const fm_train_state *state, const char *note, const char *path,
                        fm_error *error);

/* Reads such a file. *note is the text that was stored with the state (free with free()), NULL on
 * failure. All content is validated, including the checksum. FM_E_FILE, FM_E_FORMAT, FM_E_MEMORY.
 */
int fm_train_state_load(fm_train_state **out, char **note, const char *path, fm_error *error);

FM_END_DECLS

#endif
