/* The internals of a study. */
#ifndef FM_STUDY_STUDY_H
#define FM_STUDY_STUDY_H

#include "fmnist_cl/study.h"

struct fm_study {
    char *folder;
    fm_study_options options;
    fm_settings best;
    fm_experiment *experiment[FM_STUDY_STEPS];
    fm_conclusion conclusion[FM_STUDY_STEPS];
};

#endif
