/* Writes curves for TensorBoard, in an event file that grows with each epoch. */
#ifndef FMNIST_CL_TENSORBOARD_H
#define FMNIST_CL_TENSORBOARD_H

#include <stddef.h>
#include <stdint.h>

#include "fmnist_cl/decls.h"
#include "fmnist_cl/error.h"

FM_BEGIN_DECLS

typedef struct fm_tensorboard fm_tensorboard;

/* A point of a curve. TensorBoard stores it as a float. */
typedef struct fm_scalar {
    const char *tag; /* the curve's name; TensorBoard groups curves by the text before a '/' */
    double value;
} fm_scalar;

/* Creates a new event file in the folder; creates the folder and its parents if necessary.
 * resumed_at is the first step that a resumed training adds: TensorBoard then drops the points that
 * earlier files have from this step on. 0: a new training. Free with fm_tensorboard_free. FM_E_FILE
 * or FM_E_MEMORY. */
int fm_tensorboard_create(fm_tensorboard **out, const char *folder, int64_t resumed_at,
                          fm_error *error);
void fm_tensorboard_free(fm_tensorboard *file);

/* Adds a point at this step to each curve, as one record, and flushes it to the disk, so that
 * programs that watch the file see it. On failure the file is unchanged. FM_E_FILE or FM_E_MEMORY.
 */
int fm_tensorboard_add(fm_tensorboard *file, int64_t step, const fm_scalar *scalars, size_t count,
                       fm_error *error);

FM_END_DECLS

#endif
