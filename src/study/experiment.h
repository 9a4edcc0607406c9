/* An open experiment. */
#ifndef FM_STUDY_EXPERIMENT_H
#define FM_STUDY_EXPERIMENT_H

#include "study/journal.h"
#include "study/trial.h"

struct fm_experiment {
    char *folder;
    fm_plan plan;
    fm_images images; /* the part of the training file that is used */
    fm_journal *journal;
    json_t *settings; /* the journal's */
    size_t count;
    fm_trial *trials; /* [count], of the plan */
    char *finished;   /* [count] */
};

#endif
