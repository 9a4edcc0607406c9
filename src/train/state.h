/* Internal: changes a training's state. */
#ifndef FM_TRAIN_STATE_H
#define FM_TRAIN_STATE_H

#include "fmnist_cl/train_state.h"

/* Frees the state's members except the weights. */
void fm_train_state_clear(fm_train_state *state);

/* Appends a completed epoch, and sets the position to the start of the next one. FM_E_MEMORY. */
int fm_train_state_add_epoch(fm_train_state *state, const fm_epoch *epoch, fm_error *error);
/* Keeps the current weights, those of the last epoch, as the best ones. FM_E_MEMORY. */
int fm_train_state_keep_best(fm_train_state *state, fm_error *error);
/* Allocates `count` slots. FM_E_MEMORY. */
int fm_train_state_add_slots(fm_train_state *state, size_t count, fm_error *error);
/* Allocates the outcomes of `images` images, keeping those of the first `position`. */
int fm_train_state_reserve(fm_train_state *state, size_t images, fm_error *error);

/* Updates made so far in the current epoch. */
uint64_t fm_train_state_epoch_steps(const fm_train_state *state, size_t batch_size);

#endif
