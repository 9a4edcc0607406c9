/* One training of an experiment: run, and kept as a line of the journal. */
#ifndef FM_STUDY_TRIAL_H
#define FM_STUDY_TRIAL_H

#include <jansson.h>

#include "fmnist_cl/experiment.h"

/* Who looks after a trial while it runs. */
typedef struct fm_trial_watch {
    void *user;
    /* Is told where it stands; what it returns, but 0, stops it. */
    int (*progress)(void *user, const fm_progress *progress);
    /* A file that is written when the trial is stopped, and when checkpoint_seconds have passed
     * since the last time; a trial whose file is there goes on from it. NULL: none. note says
     * which trial it is: with another note it is not this one's file. */
    const char *checkpoint, *note;
    double checkpoint_seconds;
} fm_trial_watch;

/* Trains with the trial's seed; the curve grows as it does. The trial is zero but for value and
 * seed. The device is a 1/share of one: that is how its seconds count. Divergence and want of
 * memory are an outcome of the trial (failed and cause are set, FM_OK returned). Any other failure
 * is returned: FM_E_INTERRUPTED, FM_E_OPENCL, FM_E_ARGUMENT, FM_E_FILE. test may be NULL. */
int fm_trial_run(fm_trial *trial, const fm_settings *setup, fm_device *device, size_t share,
                 const fm_images *images, const fm_images *test, const fm_trial_watch *watch,
                 fm_error *error);
void fm_trial_clear(fm_trial *trial); /* frees the curve */
/* Whether its outcome is one that another attempt would have as well: it came through, or diverged.
 */
int fm_trial_stands(const fm_trial *trial);

/* A line of the journal; NULL for want of memory. */
json_t *fm_trial_json(const fm_trial *trial, const fm_plan *plan);
/* FM_E_FORMAT when it is none of this plan's. */
int fm_trial_read(fm_trial *out, const json_t *line, const fm_plan *plan, fm_error *error);

#endif
