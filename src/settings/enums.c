#include "settings/enums.h"

#include "base/names.h"
#include "fmnist_cl/activation.h"
#include "fmnist_cl/device.h"
#include "fmnist_cl/loss.h"
#include "fmnist_cl/optimizer.h"

const char *const fm_activation_names[] = {
    [FM_IDENTITY] = "identity", [FM_RELU] = "relu", [FM_PRELU] = "prelu", [FM_ELU] = "elu", NULL};
const char *const fm_gemm_names[] = {
    [FM_GEMM_AUTO] = "auto", [FM_GEMM_NATIVE] = "native", [FM_GEMM_CLBLAST] = "clblast", NULL};
const char *const fm_loss_names[] = {
    [FM_CROSS_ENTROPY] = "ce", [FM_NLL] = "nll", [FM_MSE] = "mse", NULL};
const char *const fm_optimizer_names[] = {
    [FM_ADAM] = "adam", [FM_SGD] = "sgd", [FM_RMSPROP] = "rmsprop", NULL};

const char *fm_activation_name(enum fm_activation activation) {
    return fm_names_get(fm_activation_names, (int)activation);
}

const char *fm_gemm_name(enum fm_gemm gemm) {
    return fm_names_get(fm_gemm_names, (int)gemm);
}

const char *fm_loss_name(enum fm_loss loss) {
    return fm_names_get(fm_loss_names, (int)loss);
}

const char *fm_optimizer_name(enum fm_optimizer_kind kind) {
    return fm_names_get(fm_optimizer_names, (int)kind);
}

/* These enums have the size of int, so that their pointers can be cast. */
int fm_activation_parse(enum fm_activation *out, const char *name, fm_error *error) {
    return fm_names_find((int *)out, fm_activation_names, "activation", name, error);
}

int fm_gemm_parse(enum fm_gemm *out, const char *name, fm_error *error) {
    return fm_names_find((int *)out, fm_gemm_names, "matrix products", name, error);
}

int fm_loss_parse(enum fm_loss *out, const char *name, fm_error *error) {
    return fm_names_find((int *)out, fm_loss_names, "loss", name, error);
}

int fm_optimizer_parse(enum fm_optimizer_kind *out, const char *name, fm_error *error) {
    return fm_names_find((int *)out, fm_optimizer_names, "optimizer", name, error);
}
