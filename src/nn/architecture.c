#include "fmnist_cl/architecture.h"

#include <stdint.h>
#include <stdio.h>

#include "graph/graph.h"
#include "settings/settings.h"

_Static_assert((int)FM_MAX_WIDTH <= (int)FM_MAX_COLS, "operations support every layer width");

static int check_width(size_t width, const char *what, fm_error *error) {
    if (width < 1 || width > FM_MAX_WIDTH)
        return fm_error_set(error, FM_E_ARGUMENT, what, "%zu is not from 1 to %d", width,
                            FM_MAX_WIDTH);
    return FM_OK;
}

int fm_architecture_check(const fm_architecture *architecture, fm_error *error) {
    int status = check_width(architecture->inputs, "number of inputs", error);
    if (!status)
        status = check_width(architecture->outputs, "number of outputs", error);
    return status ? status : fm_settings_check_network(architecture, error);
}

size_t fm_architecture_parameter_count(const fm_architecture *architecture) {
    size_t total = 0;
    size_t inputs = architecture->inputs;
    for (size_t layer = 0; layer <= architecture->hidden_count; layer++) {
        int is_hidden = layer < architecture->hidden_count;
        size_t outputs = is_hidden ? architecture->hidden[layer] : architecture->outputs;
        size_t count = outputs * (inputs + 1);
        if (is_hidden && architecture->activation == FM_PRELU)
            count++;
        /* The largest network has more than 2^32 parameters. On overflow of a 32-bit size_t the
         * allocation must fail rather than be too small. */
        if (count > SIZE_MAX - total)
            return SIZE_MAX;
        total += count;
        inputs = outputs;
    }
    return total;
}

void fm_architecture_text(char *out, size_t size, const fm_architecture *architecture) {
    size_t at = 0;
    for (size_t i = 0; i < architecture->hidden_count + 2 && at < size; i++) {
        size_t width = i == 0                            ? architecture->inputs
                       : i <= architecture->hidden_count ? architecture->hidden[i - 1]
                                                         : architecture->outputs;
        at += (size_t)snprintf(out + at, size - at, "%s%zu", i ? "-" : "", width);
    }
}
