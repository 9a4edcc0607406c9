/* Adds entries to a tuning, and finds them. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "fmnist_cl/tune.h"

void fm_tuning_put(fm_tuning *tuning, const fm_tuned *entry) {
    size_t place = 0;
    while (place < tuning->count && (tuning->entry[place].batch_size != entry->batch_size ||
                                     strcmp(tuning->entry[place].network, entry->network) != 0))
        place++;
    if (place == tuning->count && place == FM_TUNED_MOST)
        place = 0;
    if (place < tuning->count) {
        tuning->count--;
        memmove(&tuning->entry[place], &tuning->entry[place + 1],
                (tuning->count - place) * sizeof *tuning->entry);
    }
    tuning->entry[tuning->count++] = *entry;
}

/* The distance of two sizes: 1 for twice as much. */
static double distance(size_t a, size_t b) {
    return a && b ? fabs(log2((double)a / (double)b)) : INFINITY;
}

const fm_tuned *fm_tuning_find(const fm_tuning *tuning, const fm_architecture *architecture,
                               size_t batch_size) {
    const size_t weights = fm_architecture_parameter_count(architecture);
    const fm_tuned *nearest = NULL;
    double least = INFINITY;
    char network[FM_TUNED_NETWORK];
    fm_architecture_text(network, sizeof network, architecture);
    for (size_t i = 0; i < tuning->count; i++) {
        const fm_tuned *entry = &tuning->entry[i];
        const double in_weights = distance(entry->weights, weights);
        const double in_batch = distance(entry->batch_size, batch_size);
        if (entry->batch_size == batch_size && !strcmp(entry->network, network))
            return entry;
        if (in_weights <= 1 && in_batch <= 1 && in_weights + in_batch < least) {
            least = in_weights + in_batch;
            nearest = entry;
        }
    }
    return nearest;
}

enum fm_gemm fm_tuned_products(const fm_tuned *entry) {
    const int faster =
        entry && entry->clblast_seconds > 0 && entry->clblast_seconds < entry->seconds;
    return faster && fm_gemm_has_clblast() ? FM_GEMM_CLBLAST : FM_GEMM_NATIVE;
}
