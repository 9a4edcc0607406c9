#include "fmnist_cl/activation.h"

#include <stddef.h>

#include "base/count.h"
#include "base/names.h"

static const char *const names[] = {
    [FM_IDENTITY] = "identity", [FM_RELU] = "relu", [FM_PRELU] = "prelu", [FM_ELU] = "elu"};

const char *fm_activation_name(enum fm_activation activation) {
    return (size_t)activation < FM_COUNT(names) ? names[activation] : "unknown";
}

int fm_activation_parse(enum fm_activation *out, const char *name, fm_error *error) {
    size_t index = 0;
    int status = fm_names_find(&index, names, FM_COUNT(names), "activation", name, error);
    if (!status)
        *out = (enum fm_activation)index;
    return status;
}
