/* The names of who computes the matrix products. */
#include "base/names.h"
#include "fmnist_cl/device.h"

static const char *const names[] = {
    [FM_GEMM_AUTO] = "auto", [FM_GEMM_NATIVE] = "native", [FM_GEMM_CLBLAST] = "clblast"};

const char *fm_gemm_name(enum fm_gemm gemm) {
    return names[gemm];
}

int fm_gemm_parse(enum fm_gemm *out, const char *name, fm_error *error) {
    size_t index;
    int status =
        fm_names_find(&index, names, sizeof names / sizeof *names, "matrix products", name, error);
    if (!status)
        *out = (enum fm_gemm)index;
    return status;
}
