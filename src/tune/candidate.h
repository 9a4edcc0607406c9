/* The candidate check: tuning parameters made ready to be timed. Their kernels are built, checked
 * and warmed up. */
#ifndef FM_TUNE_CANDIDATE_H
#define FM_TUNE_CANDIDATE_H

#include "cl/context.h"
#include "fmnist_cl/choices.h"
#include "tune/stepper.h"

/* Which back end computes. */
enum fm_candidate_kind { FM_CANDIDATE_CPU, FM_CANDIDATE_GPU, FM_CANDIDATE_CLBLAST };

/* What all candidates have in common. */
typedef struct fm_candidates {
    fm_cl_context *context;
    fm_backend *reference;
    fm_architecture architecture;
    size_t batch_size;
    fm_images images;
    fm_weights *expected; /* after the first steps, with the built-in tuning parameters */
    fm_weights *actual;
} fm_candidates;

/* Opens a device and makes the images. Close in either case. FM_E_ARGUMENT on the reference,
 * FM_E_OPENCL, FM_E_MEMORY. */
int fm_candidates_open(fm_candidates *out, const fm_device_list *list, int number,
                       const fm_architecture *architecture, size_t batch_size, fm_error *error);
void fm_candidates_close(fm_candidates *candidates);

/* The back end that the device has without CLBlast. */
enum fm_candidate_kind fm_candidates_native(const fm_candidates *candidates);

/* A stepper with these tuning parameters. It has computed correctly on small sizes and on those of
 * the network, compared with the reference, and has taken some steps. Our own kernels must have
 * ended them with the same bits as those of the first candidate. FM_E_WRONG, FM_E_OPENCL,
 * FM_E_MEMORY, FM_E_ARGUMENT when CLBlast was not built in. */
int fm_candidate_create(fm_stepper **out, fm_candidates *candidates, enum fm_candidate_kind kind,
                        const fm_choices *choices, fm_error *error);

#endif
