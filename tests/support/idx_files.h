/* Small IDX files and data sets for tests. */
#ifndef FM_TESTS_IDX_FILES_H
#define FM_TESTS_IDX_FILES_H

#include <stddef.h>
#include <stdint.h>

typedef struct idx_bytes {
    unsigned char *bytes; /* free with free() */
    size_t size;
} idx_bytes;

/* Complete files: of images, where byte i of the pixels is i % 251, and of labels, where label i is
 * i % 10. */
idx_bytes idx_images(uint32_t count);
idx_bytes idx_labels(uint32_t count);
/* The same bytes, compressed as one gzip member. */
idx_bytes idx_gzip(idx_bytes plain);

/* Writes the four files, plain or all as .gz, into an existing folder. */
void idx_write_dataset(const char *folder, uint32_t train_count, uint32_t test_count, int gzip);
/* The same, plain, with images that a network learns in a few steps: a band of white pixels shows
 * the label, but in one of seven images that of another class. */
void idx_write_learnable(const char *folder, uint32_t train_count, uint32_t test_count);

#endif
