/* An open experiment. */
#ifndef FM_STUDY_EXPERIMENT_H
#define FM_STUDY_EXPERIMENT_H

#include "base/path.h"
#include "study/journal.h"
#include "study/trial.h"

struct fm_experiment {
    char *folder;
    fm_plan plan;
    fm_images images; /* the part of the training file that is used */
    char device[FM_TRIAL_NAME_SIZE], driver[FM_TRIAL_NAME_SIZE]; /* that trials are run on */
    fm_journal *journal;
    json_t *settings; /* the journal's */
    size_t count;
    fm_trial *trials; /* [count], of the plan */
    char *finished;   /* [count] */
};

/* Where a trial that is not finished keeps what it has done, FOLDER/trial-INDEX.safetensors; and
 * removes that. FM_E_FILE when the name is too long. */
int fm_experiment_checkpoint(char out[FM_PATH_SIZE], const fm_experiment *experiment, size_t index,
                             fm_error *error);
void fm_experiment_remove_checkpoint(const fm_experiment *experiment, size_t index);

/* Takes over what another experiment on the same data has trained already: the same settings and
 * seed give, on the same device, the same bits. Its curve is cut where fewer epochs are wanted.
 * FM_E_FILE, FM_E_MEMORY. */
int fm_experiment_adopt(fm_experiment *experiment, const fm_experiment *other, fm_error *error);

#endif
