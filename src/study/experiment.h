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
    char device[FM_TRIAL_NAME_SIZE], driver[FM_TRIAL_NAME_SIZE]; /* that run the trials */
    fm_journal *journal;
    json_t *settings; /* as in the journal's first line */
    size_t count;
    fm_trial *trials; /* [count], in the plan's order */
    char *finished;   /* [count] */
    /* With how many seeds each value is trained, as far as is known: more once the trials show that
     * a value is undecided. */
    size_t wanted[FM_MAX_VALUES];
    fm_conclusion conclusion; /* from which `wanted` was set */
};

/* Draws the conclusion so far and sets `wanted`. */
void fm_experiment_update_wanted(fm_experiment *experiment);
int fm_experiment_wants(const fm_experiment *experiment, size_t trial);

/* The result of a value with the seed of this index. Returns 0 if the trial is not finished. */
int fm_experiment_result(fm_result_row *out, const fm_experiment *experiment, size_t value,
                         size_t seed);

/* The checkpoint of an unfinished trial, FOLDER/trial-INDEX.safetensors: returns its path; removes
 * it. FM_E_FILE if the name is too long. */
int fm_experiment_checkpoint(char out[FM_PATH_SIZE], const fm_experiment *experiment, size_t index,
                             fm_error *error);
void fm_experiment_remove_checkpoint(const fm_experiment *experiment, size_t index);

/* Copies finished trials with the same settings and seed from another experiment on the same data,
 * because training them again would give the same bits. Truncates a curve if fewer epochs are
 * needed. FM_E_FILE, FM_E_MEMORY. */
int fm_experiment_adopt(fm_experiment *experiment, const fm_experiment *other, fm_error *error);

#endif
