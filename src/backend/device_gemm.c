/* The names of who computes the matrix products. */
#include "base/count.h"
#include "base/names.h"
#include "fmnist_cl/device.h"

static const char *const names[] = {
    [FM_GEMM_AUTO] = "auto", [FM_GEMM_NATIVE] = "native", [FM_GEMM_CLBLAST] = "clblast"};

const char *fm_gemm_name(enum fm_gemm gemm) {
    return (size_t)gemm < FM_COUNT(names) ? names[gemm] : "unknown";
}

int fm_gemm_has_clblast(void) {
#ifdef FM_WITH_CLBLAST
    return 1;
#else
    return 0;
#endif
}

int fm_gemm_parse(enum fm_gemm *out, const char *name, fm_error *error) {
    size_t index = 0;
    int status = fm_names_find(&index, names, FM_COUNT(names), "matrix products", name, error);
    if (!status)
        *out = (enum fm_gemm)index;
    return status;
}
