/* The figures of epochs as rows of numbers: as JSON in journals, as doubles in checkpoints. */
#ifndef FM_TRAIN_HISTORY_H
#define FM_TRAIN_HISTORY_H

#include <jansson.h>

#include "fmnist_cl/train_state.h"

enum { FM_HISTORY_COLUMNS = 8 };
/* What stands in a row, in this order, for readers of the files. Without validation the columns of
 * it hold NaN. */
extern const char fm_history_columns[];

/* Each row whole; count rows. */
void fm_history_write(double *rows, const fm_epoch *epochs, size_t count);
/* The epochs, numbered from 1, of rows that nobody has checked. FM_E_FORMAT. */
int fm_history_read(fm_epoch *out, const double *rows, size_t count, const char *path,
                    fm_error *error);

/* An array of rows, in which null stands for what is not finite; NULL for want of memory. */
json_t *fm_history_json(const fm_epoch *epochs, size_t count);

/* Reads at most `most` epochs, numbered from 1; free() *out, which is NULL when it fails.
 * FM_E_FORMAT when it is no such array, FM_E_MEMORY. */
int fm_history_read_json(fm_epoch **out, size_t *count, const json_t *history, size_t most,
                         const char *path, fm_error *error);

#endif
