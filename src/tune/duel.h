/* Two trainings timed in turn, so that what drifts on a machine drifts for both. */
#ifndef FM_TUNE_DUEL_H
#define FM_TUNE_DUEL_H

#include "tune/stepper.h"

enum { FM_DUEL_MOST_ROUNDS = 25 };

typedef struct fm_duel {
    size_t steps;                      /* that each takes in a round; set by the caller */
    size_t rounds;                     /* so far */
    double ratio[FM_DUEL_MOST_ROUNDS]; /* the challenger's time over the champion's, each round */
} fm_duel;

enum fm_duel_verdict {
    FM_DUEL_OPEN, /* more rounds are wanted */
    FM_DUEL_WON,  /* the challenger is faster: by one percent or more, in nearly all rounds */
    FM_DUEL_LOST,
};

/* A round: both, the order changing from round to round. FM_E_OPENCL. */
int fm_duel_round(fm_duel *duel, fm_stepper *champion, fm_stepper *challenger, fm_error *error);

/* Never open after the last round. */
enum fm_duel_verdict fm_duel_verdict(const fm_duel *duel);

/* The median over the rounds, of which there is one at least. */
double fm_duel_ratio(const fm_duel *duel);

#endif
