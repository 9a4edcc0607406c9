/* Images to measure with, where no data set is at hand: as much of them is zero as of
 * Fashion-MNIST's, and where it is there, for kernels leave out what is zero. */
#ifndef FM_TUNE_IMAGES_H
#define FM_TUNE_IMAGES_H

#include "fmnist_cl/dataset.h"

/* count images of so many pixels, of ten classes; the same each time. free() both arrays.
 * FM_E_MEMORY. */
int fm_tune_images_create(fm_images *out, size_t count, size_t pixels, fm_error *error);
void fm_tune_images_free(fm_images *images);

#endif
