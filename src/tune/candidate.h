/* The candidate check: builds, checks and warms up kernels before they are timed. */
#ifndef FM_TUNE_CANDIDATE_H
#define FM_TUNE_CANDIDATE_H

#include "cl/context.h"
#include "fmnist_cl/choices.h"
#include "tune/stepper.h"

/* The back end of a candidate. */
enum fm_candidate_kind { FM_CANDIDATE_CPU, FM_CANDIDATE_GPU, FM_CANDIDATE_CLBLAST };

/* Common to all candidates. */
typedef struct fm_candidates {
    fm_cl_context *context;
    fm_backend *reference;
    fm_architecture architecture;
    size_t batch_size;
    fm_images images;
    fm_weights *expected; /* after the first steps with the default tuning parameters */
    fm_weights *actual;
} fm_candidates;

/* Opens a device and creates the images. Close it even after a failure. FM_E_ARGUMENT on the
 * reference, FM_E_OPENCL, FM_E_MEMORY. */
int fm_candidates_open(fm_candidates *out, const fm_device_list *list, int number,
                       const fm_architecture *architecture, size_t batch_size, fm_error *error);
void fm_candidates_close(fm_candidates *candidates);

/* The device's back end without CLBlast. */
enum fm_candidate_kind fm_candidates_native(const fm_candidates *candidates);

/* Creates a stepper with these tuning parameters, checks its results against the reference on small
 * sizes and on those of the network, and runs some steps. After them, native kernels must have the
 * same bits as the first candidate. FM_E_WRONG, FM_E_OPENCL, FM_E_MEMORY, FM_E_ARGUMENT if CLBlast
 * is not built in. */
int fm_candidate_create(fm_stepper **out, fm_candidates *candidates, enum fm_candidate_kind kind,
                        const fm_choices *choices, fm_error *error);

#endif
