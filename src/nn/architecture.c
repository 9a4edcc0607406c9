#include "fmnist_cl/architecture.h"

#include <stdint.h>
#include <string.h>

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
    if (status)
        return status;
    if (architecture->hidden_count > FM_MAX_HIDDEN)
        return fm_error_set(error, FM_E_ARGUMENT, "number of hidden layers",
                            "%zu is not from 0 to %d", architecture->hidden_count, FM_MAX_HIDDEN);
    for (size_t i = 0; i < architecture->hidden_count; i++) {
        status = check_width(architecture->hidden[i], "width of a hidden layer", error);
        if (status)
            return status;
    }
    if (!fm_activation_name(architecture->activation))
        return fm_error_set(error, FM_E_ARGUMENT, "activation", "there is none with number %d",
                            (int)architecture->activation);
    return FM_OK;
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
        /* The largest network has more than 2^32 parameters: what a 32-bit size cannot count must
         * fail to be allocated, not come out small. */
        if (count > SIZE_MAX - total)
            return SIZE_MAX;
        total += count;
        inputs = outputs;
    }
    return total;
}

const char *fm_activation_name(enum fm_activation activation) {
    switch (activation) {
    case FM_IDENTITY:
        return "identity";
    case FM_RELU:
        return "relu";
    case FM_PRELU:
        return "prelu";
    case FM_ELU:
        return "elu";
    }
    return NULL;
}

int fm_activation_parse(enum fm_activation *out, const char *name, fm_error *error) {
    static const enum fm_activation all[] = {FM_RELU, FM_PRELU, FM_ELU, FM_IDENTITY};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (strcmp(name, fm_activation_name(all[i])) == 0) {
            *out = all[i];
            return FM_OK;
        }
    fm_error_set(error, FM_E_ARGUMENT, "activation", "there is no '%s'", name);
    fm_error_hint(error, "choose one of relu, prelu, elu, identity");
    return FM_E_ARGUMENT;
}
