#include "train/order.h"

#include <string.h>

#include "base/random.h"

enum { LABELS = UINT8_MAX + 1 };

void fm_order_by_class(uint32_t *order, const uint32_t *from, size_t count, const uint8_t *labels) {
    size_t place[LABELS + 1] = {0};
    for (size_t i = 0; i < count; i++)
        place[labels[from[i]] + 1]++;
    for (size_t label = 0; label < LABELS; label++)
        place[label + 1] += place[label];
    for (size_t i = 0; i < count; i++)
        order[place[labels[from[i]]]++] = from[i];
}

void fm_order_epoch(uint32_t *order, uint32_t *scratch, const fm_split *split,
                    const uint8_t *labels, size_t batch_size, int shuffle, uint64_t seed,
                    size_t epoch) {
    size_t count = split->train_count;
    memcpy(scratch, split->train, count * sizeof *scratch);
    if (shuffle) {
        fm_random random;
        fm_random_seed(&random, seed, FM_STREAM_ORDER + epoch);
        fm_random_shuffle(&random, scratch, count);
    }
    for (size_t first = 0; first < count; first += batch_size) {
        size_t left = count - first, rows = left < batch_size ? left : batch_size;
        fm_order_by_class(order + first, scratch + first, rows, labels);
    }
}
