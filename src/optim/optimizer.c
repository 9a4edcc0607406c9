#include "fmnist_cl/optimizer.h"

#include <math.h>

#include "base/count.h"
#include "base/names.h"

static const char *const names[] = {[FM_ADAM] = "adam", [FM_SGD] = "sgd", [FM_RMSPROP] = "rmsprop"};
enum { NAME_COUNT = FM_COUNT(names) };

void fm_optimizer_init(fm_optimizer *out, enum fm_optimizer_kind kind) {
    *out = (fm_optimizer){
        .kind = kind,
        .lr = 0.003,
        .beta1 = 0.9,
        .beta2 = 0.999,
        .eps = 1e-8,
        .alpha = 0.99,
    };
}

/* The device computes in float: a value must still be one there. */
static int in_range(double value, double least, double bound) {
    return isfinite((float)value) && value >= least && value < bound;
}

int fm_optimizer_check(const fm_optimizer *o, fm_error *error) {
    const double greatest = 3.4e38;
    if ((int)o->kind < 0 || (int)o->kind >= NAME_COUNT)
        return fm_error_set(error, FM_E_ARGUMENT, "optimizer", "kind %d is unknown", (int)o->kind);
    if (!in_range(o->lr, 0, greatest) || (float)o->lr == 0.0f)
        return fm_error_set(error, FM_E_ARGUMENT, "lr", "%g is not a number above 0", o->lr);
    if (!in_range(o->weight_decay, 0, greatest))
        return fm_error_set(error, FM_E_ARGUMENT, "weight-decay", "%g is not a number from 0 on",
                            o->weight_decay);
    if (!in_range(o->momentum, 0, greatest))
        return fm_error_set(error, FM_E_ARGUMENT, "momentum", "%g is not a number from 0 on",
                            o->momentum);
    if (!in_range(o->eps, 0, greatest))
        return fm_error_set(error, FM_E_ARGUMENT, "eps", "%g is not a number from 0 on", o->eps);
    if (!in_range(o->beta1, 0, 1))
        return fm_error_set(error, FM_E_ARGUMENT, "beta1", "%g is not in [0, 1)", o->beta1);
    if (!in_range(o->beta2, 0, 1))
        return fm_error_set(error, FM_E_ARGUMENT, "beta2", "%g is not in [0, 1)", o->beta2);
    if (!in_range(o->alpha, 0, nextafter(1, 2)))
        return fm_error_set(error, FM_E_ARGUMENT, "alpha", "%g is not in [0, 1]", o->alpha);
    if (o->nesterov && (o->kind != FM_SGD || o->momentum == 0))
        return fm_error_set(error, FM_E_ARGUMENT, "nesterov", "needs sgd with a momentum above 0");
    return FM_OK;
}

const char *fm_optimizer_name(enum fm_optimizer_kind kind) {
    return (size_t)kind < NAME_COUNT ? names[kind] : "unknown";
}

int fm_optimizer_parse(enum fm_optimizer_kind *out, const char *name, fm_error *error) {
    size_t index = 0;
    int status = fm_names_find(&index, names, NAME_COUNT, "optimizer", name, error);
    if (!status)
        *out = (enum fm_optimizer_kind)index;
    return status;
}
