/* The figures of epochs as JSON: an array of rows of numbers, in journals and checkpoints. */
#ifndef FM_TRAIN_HISTORY_H
#define FM_TRAIN_HISTORY_H

#include <jansson.h>

#include "fmnist_cl/train_state.h"

/* NULL for want of memory. */
json_t *fm_history_json(const fm_epoch *epochs, size_t count);

/* Reads at most `most` epochs, numbered from 1; free() *out, which is NULL when it fails.
 * FM_E_FORMAT when it is no such array, FM_E_MEMORY. */
int fm_history_read(fm_epoch **out, size_t *count, const json_t *history, size_t most,
                    const char *path, fm_error *error);

#endif
