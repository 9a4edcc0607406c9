/* Images for timing trainings without a data set. Kernels skip zeros, so these images have about as
 * many zeros as those of Fashion-MNIST, in the same places. */
#ifndef FM_TUNE_IMAGES_H
#define FM_TUNE_IMAGES_H

#include "fmnist_cl/dataset.h"

/* Creates `count` images with `pixels` pixels, ten classes; always the same. free() both arrays.
 * FM_E_MEMORY. */
int fm_tune_images_create(fm_images *out, size_t count, size_t pixels, fm_error *error);
void fm_tune_images_free(fm_images *images);

#endif
