/* A training for timing, which runs a few steps at a time. */
#ifndef FM_TUNE_STEPPER_H
#define FM_TUNE_STEPPER_H

#include "backend/backend.h"
#include "fmnist_cl/architecture.h"
#include "fmnist_cl/dataset.h"
#include "fmnist_cl/weights.h"

typedef struct fm_stepper fm_stepper;

/* There must be at least batch_size images. All steppers start with the same weights and order of
 * images. It takes over the back end, even after a failure. The images must outlive it. Free with
 * fm_stepper_free. FM_E_MEMORY, FM_E_OPENCL. */
int fm_stepper_create(fm_stepper **out, fm_backend *backend, const fm_architecture *architecture,
                      size_t batch_size, const fm_images *images, fm_error *error);
void fm_stepper_free(fm_stepper *stepper);

/* Runs `steps` steps and waits until they are done. FM_E_OPENCL. */
int fm_stepper_run(double *seconds, fm_stepper *stepper, size_t steps, fm_error *error);

/* Reads the current weights. */
int fm_stepper_read(fm_weights *out, fm_stepper *stepper, fm_error *error);

#endif
