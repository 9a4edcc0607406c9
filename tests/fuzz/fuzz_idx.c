/* IDX files of images and of labels, plain and gzip. */
#include "data/idx.h"
#include "fmnist_cl/dataset.h"
#include "fuzz/fuzz.h"

static void load(const char *path, size_t size, enum fm_idx_kind kind) {
    fm_idx idx;
    fm_error error = {0};
    int status = fm_idx_load(&idx, path, kind, &error);
    if (status) {
        fuzz_require_error(status, &error);
        fuzz_require(!idx.values && !idx.count, "nothing comes out of a bad file");
        return;
    }
    const size_t item = kind == FM_IDX_IMAGES ? FM_PIXELS : 1;
    fuzz_require(idx.count >= 1 && idx.count <= FM_IDX_MAX_COUNT, "the count is in range");
    fuzz_require(idx.count * item <= size * 1032, "there is no more than the file can hold");
    unsigned sum = 0;
    for (size_t i = 0; i < idx.count * item; i++) {
        sum += idx.values[i];
        fuzz_require(kind == FM_IDX_IMAGES || idx.values[i] < FM_CLASSES, "labels are classes");
    }
    (void)sum;
    fm_idx_free(&idx);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    const char *path = fuzz_file(bytes, size);
    load(path, size, FM_IDX_IMAGES);
    load(path, size, FM_IDX_LABELS);
    return 0;
}
