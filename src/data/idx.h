/* Reads an IDX file (a magic number, the dimensions, then bytes), plain or compressed with gzip. */
#ifndef FM_DATA_IDX_H
#define FM_DATA_IDX_H

#include <stddef.h>
#include <stdint.h>

#include "fmnist_cl/error.h"

enum fm_idx_kind { FM_IDX_IMAGES, FM_IDX_LABELS };

enum { FM_IDX_MAX_COUNT = 10 * 1000 * 1000 };

typedef struct fm_idx {
    size_t count;    /* 1 to FM_IDX_MAX_COUNT */
    uint8_t *values; /* images: [count][FM_PIXELS]; labels: [count], each below FM_CLASSES */
    char sha256[65]; /* of the file on disk */
    char content_sha256[65]; /* of its bytes after decompression */
} fm_idx;

/* Reads and checks a whole file. Never allocates more than the file can fill. Free with
 * fm_idx_free. FM_E_FILE, FM_E_FORMAT or FM_E_MEMORY. */
int fm_idx_load(fm_idx *out, const char *path, enum fm_idx_kind kind, fm_error *error);
void fm_idx_free(fm_idx *idx);

#endif
