/* Small IDX files and data sets for tests. */
#ifndef FM_TESTS_IDX_FILES_H
#define FM_TESTS_IDX_FILES_H

#include <stddef.h>
#include <stdint.h>

typedef struct idx_bytes {
    unsigned char *bytes; /* free() them */
    size_t size;
} idx_bytes;

/* Whole files of images with pixel i of the file = i % 251, and of labels with label i = i % 10. */
idx_bytes idx_images(uint32_t count);
idx_bytes idx_labels(uint32_t count);
/* The same bytes as one gzip member. */
idx_bytes idx_gzip(idx_bytes plain);

/* Writes the four files, plain or each with .gz, into a folder that exists. */
void idx_write_dataset(const char *folder, uint32_t train_count, uint32_t test_count, int gzip);

#endif
