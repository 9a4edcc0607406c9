/* Runs one training of an experiment, and converts it to and from a line of the journal. */
#ifndef FM_STUDY_TRIAL_H
#define FM_STUDY_TRIAL_H

#include <jansson.h>

#include "fmnist_cl/experiment.h"

/* Callback and checkpoint of a running trial. */
typedef struct fm_trial_observer {
    void *user;
    /* Called during training; a result other than 0 stops the trial. */
    int (*progress)(void *user, const fm_progress *progress);
    /* The checkpoint file is written when the trial is stopped, and every checkpoint_seconds. A
     * trial resumes from it if it exists and contains the same note, which identifies the trial. */
    const char *checkpoint, *note;
    double checkpoint_seconds;
} fm_trial_observer;

/* Trains with the trial's seed and extends the curve after each epoch. Initially, only the trial's
 * value and seed are set. The device is 1/share of a whole device; times are converted accordingly.
 * Divergence and lack of memory are results of the trial: failed and cause are set, and FM_OK is
 * returned. Returns any other failure: FM_E_INTERRUPTED, FM_E_OPENCL, FM_E_ARGUMENT, FM_E_FILE.
 * test may be NULL. */
int fm_trial_run(fm_trial *trial, const fm_settings *setup, fm_device *device, size_t share,
                 const fm_images *images, const fm_images *test, const fm_trial_observer *observer,
                 fm_error *error);
void fm_trial_clear(fm_trial *trial); /* frees the curve */
/* Whether the result is final: success or divergence. Other failures are worth another attempt. */
int fm_trial_is_final(const fm_trial *trial);

/* The trial as a line of the journal; NULL if out of memory. */
json_t *fm_trial_json(const fm_trial *trial, const fm_plan *plan);
/* FM_E_FORMAT if the line is invalid or not in the plan. */
int fm_trial_read(fm_trial *out, const json_t *line, const fm_plan *plan, fm_error *error);

#endif
