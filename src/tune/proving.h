/* Choices made ready to be timed: built, checked, warmed up. */
#ifndef FM_TUNE_PROVING_H
#define FM_TUNE_PROVING_H

#include "cl/context.h"
#include "fmnist_cl/choices.h"
#include "ops/opencl.h"
#include "tune/stepper.h"

/* What all candidates have in common. */
typedef struct fm_proving {
    fm_cl_context *context;
    fm_ops *reference;
    fm_architecture architecture;
    size_t batch_size;
    fm_images images;
    fm_weights *expected; /* after the first steps, with the built-in choices */
    fm_weights *actual;
} fm_proving;

/* Opens a device and makes the images. Close in either case. FM_E_ARGUMENT on the reference,
 * FM_E_OPENCL, FM_E_MEMORY. */
int fm_proving_open(fm_proving *out, const fm_device_list *list, int number,
                    const fm_architecture *architecture, size_t batch_size, fm_error *error);
void fm_proving_close(fm_proving *proving);

/* A stepper with these choices and kernels, which has computed right on small sizes and on those of
 * the network, beside the reference, and has taken some steps. Our own kernels must have ended them
 * with the same bits as the first candidate that was asked for. FM_E_WRONG, FM_E_OPENCL,
 * FM_E_MEMORY, FM_E_ARGUMENT when CLBlast was not built in. */
int fm_proving_enter(fm_stepper **out, fm_proving *proving, enum fm_linear_kind kind,
                     const fm_choices *choices, fm_error *error);

#endif
