/* Images to time trainings with, without a data set. Kernels skip zeros, so these images have as
 * many zeros as those of Fashion-MNIST, and in the same places. */
#ifndef FM_TUNE_IMAGES_H
#define FM_TUNE_IMAGES_H

#include "fmnist_cl/dataset.h"

/* count images of so many pixels, of ten classes; the same each time. free() both arrays.
 * FM_E_MEMORY. */
int fm_tune_images_create(fm_images *out, size_t count, size_t pixels, fm_error *error);
void fm_tune_images_free(fm_images *images);

#endif
