/* Images that can be learnt, and devices, for tests of the trainer. */
#ifndef FM_TESTS_TRAININGS_H
#define FM_TESTS_TRAININGS_H

#include "fmnist_cl/trainer.h"

/* The class decides where an image is bright; with noise. */
enum { TRAIN_IMAGES = 200, TRAIN_PIXELS = 30 };
extern const fm_images train_images;

/* The first OpenCL device, the reference. */
extern fm_device *train_devices[2];

/* Group setup and teardown: draws the images, opens the devices. */
int trainings_set_up(void **state);
int trainings_tear_down(void **state);

/* Opens a device of a new list by its name; NULL: the first OpenCL device. Fails the test if there
 * is none. */
fm_device *open_device(const char *wanted, enum fm_gemm gemm);
/* The same without failing the test. */
int try_open_device(fm_device **out, const char *wanted, enum fm_gemm gemm, fm_error *error);

/* Random weights, always the same ones. */
fm_weights *make_weights(const fm_architecture *architecture);
/* Whether all bits are the same; true for NULL and NULL. */
int same_weights(fm_weights *a, fm_weights *b);

#endif
