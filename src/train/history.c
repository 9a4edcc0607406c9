#include "train/history.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "io/json.h"

enum { TRAIN_LOSS, TRAIN_ACCURACY, VAL_LOSS, VAL_ACCURACY, SECONDS, IMAGES_PER_S, LR, STEPS, ROW };

json_t *fm_history_json(const fm_epoch *epochs, size_t count) {
    json_t *history = json_array();
    for (size_t i = 0; i < count; i++) {
        const fm_epoch *e = &epochs[i];
        const double row[ROW] = {[TRAIN_LOSS] = e->train.loss,
                                 [TRAIN_ACCURACY] = e->train.accuracy,
                                 [VAL_LOSS] = e->has_val ? e->val.loss : NAN,
                                 [VAL_ACCURACY] = e->has_val ? e->val.accuracy : NAN,
                                 [SECONDS] = e->seconds,
                                 [IMAGES_PER_S] = e->images_per_s,
                                 [LR] = e->lr,
                                 [STEPS] = (double)e->steps};
        json_t *numbers = json_array();
        for (size_t n = 0; n < ROW; n++)
            fm_json_append(&numbers, fm_json_real(row[n]));
        fm_json_append(&history, numbers);
    }
    return history;
}

/* NaN for null, which stands for what is not finite. 0 when it is something else. */
static int read_real(double *out, const json_t *value) {
    *out = json_is_number(value) ? json_number_value(value) : NAN;
    return json_is_number(value) || json_is_null(value);
}

static int read_epoch(fm_epoch *out, const json_t *numbers, size_t number) {
    const double most_steps = 1e15;
    double row[ROW];
    for (size_t n = 0; n < ROW; n++)
        if (!read_real(&row[n], json_array_get(numbers, n)))
            return 0;
    if (!(row[STEPS] >= 0 && row[STEPS] < most_steps))
        return 0;
    *out = (fm_epoch){.number = number,
                      .steps = (size_t)row[STEPS],
                      .train = {row[TRAIN_LOSS], row[TRAIN_ACCURACY]},
                      .has_val = !isnan(row[VAL_ACCURACY]),
                      .lr = row[LR],
                      .seconds = row[SECONDS],
                      .images_per_s = row[IMAGES_PER_S]};
    if (out->has_val)
        out->val = (fm_score){row[VAL_LOSS], row[VAL_ACCURACY]};
    return 1;
}

int fm_history_read(fm_epoch **out, size_t *count, const json_t *history, size_t most,
                    const char *path, fm_error *error) {
    size_t rows = json_array_size(history);
    *out = NULL;
    *count = 0;
    if (!json_is_array(history) || rows > most)
        return fm_error_set(error, FM_E_FORMAT, path, "its epochs are not what they should be");
    int status = fm_memory_allocate(out, rows, sizeof **out, "epochs", error);
    for (size_t i = 0; !status && i < rows; i++)
        if (!read_epoch(&(*out)[i], json_array_get(history, i), i + 1))
            status = fm_error_set(error, FM_E_FORMAT, path,
                                  "its epoch %zu is not what it should be", i + 1);
    if (status) {
        free(*out);
        *out = NULL;
    } else {
        *count = rows;
    }
    return status;
}
