#include "train/history.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "io/json.h"

enum { TRAIN_LOSS, TRAIN_ACCURACY, VAL_LOSS, VAL_ACCURACY, SECONDS, IMAGES_PER_S, LR, STEPS, ROW };
_Static_assert((int)ROW == (int)FM_HISTORY_COLUMNS, "a row has all columns");

const char fm_history_columns[] =
    "train_loss,train_acc,val_loss,val_acc,seconds,images_per_s,lr,steps";

/* ---- As doubles ---- */

void fm_history_write(double *rows, const fm_epoch *epochs, size_t count) {
    for (const fm_epoch *e = epochs; e < epochs + count; e++, rows += ROW) {
        rows[TRAIN_LOSS] = e->train.loss;
        rows[TRAIN_ACCURACY] = e->train.accuracy;
        rows[VAL_LOSS] = e->has_val ? e->val.loss : (double)NAN;
        rows[VAL_ACCURACY] = e->has_val ? e->val.accuracy : (double)NAN;
        rows[SECONDS] = e->seconds;
        rows[IMAGES_PER_S] = e->images_per_s;
        rows[LR] = e->lr;
        rows[STEPS] = (double)e->steps;
    }
}

int fm_history_read(fm_epoch *out, const double *rows, size_t count, const char *path,
                    fm_error *error) {
    const double most_steps = 1e15; /* whole numbers below it are exact as doubles */
    for (size_t i = 0; i < count; i++, rows += ROW) {
        if (!(rows[STEPS] >= 0 && rows[STEPS] < most_steps))
            return fm_error_set(error, FM_E_FORMAT, path, "epoch %zu of its history is invalid",
                                i + 1);
        out[i] = (fm_epoch){.number = i + 1,
                            .steps = (size_t)rows[STEPS],
                            .train = {rows[TRAIN_LOSS], rows[TRAIN_ACCURACY]},
                            .has_val = !isnan(rows[VAL_ACCURACY]),
                            .lr = rows[LR],
                            .seconds = rows[SECONDS],
                            .images_per_s = rows[IMAGES_PER_S]};
        if (out[i].has_val)
            out[i].val = (fm_score){rows[VAL_LOSS], rows[VAL_ACCURACY]};
    }
    return FM_OK;
}

/* ---- As JSON ---- */

json_t *fm_history_json(const fm_epoch *epochs, size_t count) {
    json_t *history = json_array();
    for (size_t i = 0; i < count; i++) {
        double row[ROW];
        json_t *numbers = json_array();
        fm_history_write(row, &epochs[i], 1);
        for (size_t n = 0; n < ROW; n++)
            fm_json_append(&numbers, fm_json_real(row[n]));
        fm_json_append(&history, numbers);
    }
    return history;
}

/* An invalid row gets NaN steps, which the caller refuses. */
static void read_row(double row[ROW], const json_t *numbers) {
    int is_right = 1;
    for (size_t n = 0; n < ROW; n++)
        is_right &= fm_json_read_real(&row[n], json_array_get(numbers, n));
    if (!is_right)
        row[STEPS] = NAN;
}

int fm_history_read_json(fm_epoch **out, size_t *count, const json_t *history, size_t most,
                         const char *path, fm_error *error) {
    const size_t epochs = json_array_size(history);
    double *rows = NULL;
    *out = NULL;
    *count = 0;
    if (!json_is_array(history) || epochs > most)
        return fm_error_set(error, FM_E_FORMAT, path, "its history of epochs is invalid");
    int status = fm_memory_allocate(&rows, epochs, ROW * sizeof *rows, "epochs", error);
    if (!status)
        status = fm_memory_allocate(out, epochs, sizeof **out, "epochs", error);
    for (size_t i = 0; !status && i < epochs; i++)
        read_row(rows + i * ROW, json_array_get(history, i));
    if (!status)
        status = fm_history_read(*out, rows, epochs, path, error);
    free(rows);
    if (status) {
        free(*out);
        *out = NULL;
    } else {
        *count = epochs;
    }
    return status;
}
