/* The results of epochs as rows of numbers: JSON in journals, doubles in checkpoints. */
#ifndef FM_TRAIN_HISTORY_H
#define FM_TRAIN_HISTORY_H

#include <jansson.h>

#include "fmnist_cl/train_state.h"

enum { FM_HISTORY_COLUMNS = 8 };
/* The columns of a row, for readers of the files. Without validation, its columns are NaN. */
extern const char fm_history_columns[];

/* Writes `count` rows. */
void fm_history_write(double *rows, const fm_epoch *epochs, size_t count);
/* Reads and checks rows; epochs are numbered from 1. FM_E_FORMAT. */
int fm_history_read(fm_epoch *out, const double *rows, size_t count, const char *path,
                    fm_error *error);

/* Returns an array of rows, with null for non-finite numbers; NULL if out of memory. */
json_t *fm_history_json(const fm_epoch *epochs, size_t count);

/* Reads at most `most` epochs, numbered from 1. free() *out, which is NULL after a failure.
 * FM_E_FORMAT if `history` is not such an array, FM_E_MEMORY. */
int fm_history_read_json(fm_epoch **out, size_t *count, const json_t *history, size_t most,
                         const char *path, fm_error *error);

#endif
