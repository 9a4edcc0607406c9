/* A training that is made only to be timed, a few steps at a time. */
#ifndef FM_TUNE_STEPPER_H
#define FM_TUNE_STEPPER_H

#include "backend/backend.h"
#include "fmnist_cl/architecture.h"
#include "fmnist_cl/dataset.h"
#include "fmnist_cl/weights.h"

typedef struct fm_stepper fm_stepper;

/* Batches of so many of the images, of which there must be at least as many; weights and the order
 * of images are the same for all that are made. Takes over the back end, also when it fails. The
 * images must outlive it. Free with fm_stepper_free. FM_E_MEMORY, FM_E_OPENCL. */
int fm_stepper_create(fm_stepper **out, fm_backend *backend, const fm_architecture *architecture,
                      size_t batch_size, const fm_images *images, fm_error *error);
void fm_stepper_free(fm_stepper *stepper);

/* Takes so many steps and waits until they are done. FM_E_OPENCL. */
int fm_stepper_run(double *seconds, fm_stepper *stepper, size_t steps, fm_error *error);

/* The weights as they are by now. */
int fm_stepper_read(fm_weights *out, fm_stepper *stepper, fm_error *error);

#endif
