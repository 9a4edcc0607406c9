#include "fmnist_cl/device.h"

int fm_gemm_has_clblast(void) {
#ifdef FM_WITH_CLBLAST
    return 1;
#else
    return 0;
#endif
}
