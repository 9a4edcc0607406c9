/* Inside the library: how a state is kept up to date, and checked. */
#ifndef FM_TRAIN_STATE_H
#define FM_TRAIN_STATE_H

#include "fmnist_cl/train_state.h"

/* Frees what the state holds, but not its weights. */
void fm_train_state_clear(fm_train_state *state);

/* Appends a completed epoch; the next one has not begun. FM_E_MEMORY. */
int fm_train_state_add_epoch(fm_train_state *state, const fm_epoch *epoch, fm_error *error);
/* Keeps the current weights as the best ones, those of the last epoch. FM_E_MEMORY. */
int fm_train_state_keep_best(fm_train_state *state, fm_error *error);
/* Makes room for so many slots. FM_E_MEMORY. */
int fm_train_state_add_slots(fm_train_state *state, size_t count, fm_error *error);
/* Makes room for the outcomes of so many images, keeping those of the first `position`. */
int fm_train_state_reserve(fm_train_state *state, size_t images, fm_error *error);

/* Updates made so far in the current epoch. */
uint64_t fm_train_state_epoch_steps(const fm_train_state *state, size_t batch_size);

#endif
