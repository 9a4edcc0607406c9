#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/random.h"
#include "fmnist_cl/dataset.h"

int fm_split_create(fm_split *out, size_t count, double val_fraction, uint64_t seed, int shuffle,
                    fm_error *error) {
    *out = (fm_split){0};
    if (count < 1 || count > UINT32_MAX)
        return fm_error_set(error, FM_E_ARGUMENT, "split", "%zu images cannot be split", count);
    if (!(val_fraction >= 0.0 && val_fraction < 1.0))
        return fm_error_set(error, FM_E_ARGUMENT, "validation fraction",
                            "%g is out of range; expected at least 0 and below 1", val_fraction);
    size_t val_count = (size_t)round((double)count * val_fraction);
    if (val_count >= count)
        return fm_error_set(error, FM_E_ARGUMENT, "validation fraction",
                            "%g leaves none of the %zu images for training", val_fraction, count);
    uint32_t *order = NULL;
    int status = fm_memory_allocate(&order, count, sizeof *order, "split", error);
    if (status)
        return status;
    for (size_t i = 0; i < count; i++)
        order[i] = (uint32_t)i;
    if (shuffle) {
        fm_random random;
        fm_random_seed(&random, seed, FM_STREAM_SPLIT);
        fm_random_shuffle(&random, order, count);
    }
    out->train_count = count - val_count;
    out->val_count = val_count;
    out->train = order;
    out->val = order + out->train_count;
    return FM_OK;
}

void fm_split_free(fm_split *split) {
    free(split->train); /* val points into the same allocation */
    *split = (fm_split){0};
}
