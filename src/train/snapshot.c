#include "train/snapshot.h"

#include <math.h>
#include <string.h>

int fm_snapshot_create(fm_snapshot *out, const fm_architecture *architecture, size_t slots,
                       fm_error *error) {
    int status = FM_OK;
    *out = (fm_snapshot){.slots = slots};
    for (size_t i = 0; !status && i <= slots; i++) {
        status = fm_weights_create(&out->slot[i], architecture, error);
        /* New weights have slopes that are not 0; state must be 0. */
        if (!status && i)
            memset(fm_weights_values(out->slot[i]), 0,
                   fm_architecture_parameter_count(architecture) * sizeof(float));
    }
    return status;
}

void fm_snapshot_free(fm_snapshot *snapshot) {
    for (size_t i = 0; i <= snapshot->slots; i++)
        fm_weights_free(snapshot->slot[i]);
    *snapshot = (fm_snapshot){.slots = 0};
}

int fm_snapshot_take(fm_snapshot *out, fm_network *network, fm_error *error) {
    int status = FM_OK;
    for (size_t i = 0; !status && i <= out->slots; i++)
        status = fm_network_read_slot(out->slot[i], network, i, error);
    return status;
}

int fm_snapshot_put(fm_network *network, const fm_snapshot *snapshot, fm_error *error) {
    int status = FM_OK;
    for (size_t i = 0; !status && i <= snapshot->slots; i++)
        status = fm_network_write_slot(network, i, snapshot->slot[i], error);
    return status;
}

int fm_snapshot_is_finite(const fm_snapshot *snapshot) {
    const size_t count =
        fm_architecture_parameter_count(fm_weights_architecture(snapshot->slot[0]));
    for (size_t i = 0; i <= snapshot->slots; i++) {
        const float *values = fm_weights_values(snapshot->slot[i]);
        for (size_t v = 0; v < count; v++)
            if (!isfinite(values[v]))
                return 0;
    }
    return 1;
}
