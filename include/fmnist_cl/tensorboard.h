/* Curves for TensorBoard: an event file to which each epoch adds its figures. */
#ifndef FMNIST_CL_TENSORBOARD_H
#define FMNIST_CL_TENSORBOARD_H

#include <stddef.h>
#include <stdint.h>

#include "fmnist_cl/error.h"

typedef struct fm_tensorboard fm_tensorboard;

/* A point of a curve. TensorBoard keeps it as a float. */
typedef struct fm_scalar {
    const char *tag; /* the curve; those with the same text before a '/' stand together */
    double value;
} fm_scalar;

/* Starts a new event file in the folder, which is made, with its parents, where there is none.
 * Free with fm_tensorboard_free. FM_E_FILE or FM_E_MEMORY. */
int fm_tensorboard_create(fm_tensorboard **out, const char *folder, fm_error *error);
void fm_tensorboard_free(fm_tensorboard *file);

/* Adds a point at this step to each curve, in one record that is then on the disk: a reader that
 * follows the file sees it. When it cannot be written the file stays as it was.
 * FM_E_FILE or FM_E_MEMORY. */
int fm_tensorboard_add(fm_tensorboard *file, int64_t step, const fm_scalar *scalars, size_t count,
                       fm_error *error);

#endif
