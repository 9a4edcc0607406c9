/* A/B timing: times two trainings in turn, so that a drift of the machine's speed affects both. */
#ifndef FM_TUNE_AB_TIMING_H
#define FM_TUNE_AB_TIMING_H

#include "tune/stepper.h"

enum { FM_AB_MOST_ROUNDS = 25 };

typedef struct fm_ab_timing {
    size_t steps;                    /* of each training per round; set by the caller */
    size_t rounds;                   /* so far */
    double ratio[FM_AB_MOST_ROUNDS]; /* B's time divided by A's, each round */
} fm_ab_timing;

enum fm_ab_verdict {
    FM_AB_OPEN,   /* more rounds are needed */
    FM_AB_FASTER, /* B is at least one percent faster in nearly all rounds */
    FM_AB_SLOWER, /* B is not faster */
};

/* Times one round of both; the order alternates. FM_E_OPENCL. */
int fm_ab_round(fm_ab_timing *timing, fm_stepper *a, fm_stepper *b, fm_error *error);

/* Never FM_AB_OPEN after FM_AB_MOST_ROUNDS. */
enum fm_ab_verdict fm_ab_verdict(const fm_ab_timing *timing);

/* The median ratio; call it after at least one round. */
double fm_ab_ratio(const fm_ab_timing *timing);

#endif
