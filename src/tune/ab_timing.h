/* A/B timing: two trainings timed in turn, so that what drifts on a machine drifts for both. */
#ifndef FM_TUNE_AB_TIMING_H
#define FM_TUNE_AB_TIMING_H

#include "tune/stepper.h"

enum { FM_AB_MOST_ROUNDS = 25 };

typedef struct fm_ab_timing {
    size_t steps;                    /* that each takes in a round; set by the caller */
    size_t rounds;                   /* so far */
    double ratio[FM_AB_MOST_ROUNDS]; /* B's time divided by A's, each round */
} fm_ab_timing;

enum fm_ab_verdict {
    FM_AB_OPEN,   /* more rounds are needed */
    FM_AB_FASTER, /* B is faster: by one percent or more, in nearly all rounds */
    FM_AB_SLOWER, /* B is not */
};

/* A round of both; the order changes from round to round. FM_E_OPENCL. */
int fm_ab_round(fm_ab_timing *timing, fm_stepper *a, fm_stepper *b, fm_error *error);

/* Never open after the last round. */
enum fm_ab_verdict fm_ab_verdict(const fm_ab_timing *timing);

/* The median over the rounds, of which there is at least one. */
double fm_ab_ratio(const fm_ab_timing *timing);

#endif
