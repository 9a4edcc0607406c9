/* A search through choices, one after the other, for the fastest. */
#ifndef FM_TUNE_SEARCH_H
#define FM_TUNE_SEARCH_H

#include "fmnist_cl/choices.h"
#include "fmnist_cl/error.h"

/* Who knows which choices are faster. */
typedef struct fm_contest {
    void *user;
    /* Whether they can be tried at all. */
    int (*fits)(void *user, const fm_choices *candidate);
    /* Has a candidate compete with the best so far, whose place it takes when *won. */
    int (*compete)(int *won, void *user, const fm_choices *candidate, fm_error *error);
    /* Whether the search is to end. */
    int (*over)(void *user);
} fm_contest;

/* Starts from *best and leaves the best in it, also when it fails. Of each choice that kernels
 * `in_groups` or those alone have, it tries the values next to the best and goes on in a direction
 * until two in a row did not win; then the next choice; and all again, until a pass brings nothing.
 * Nothing is tried twice. *complete says whether it came to that end. Errors of compete. */
int fm_search(fm_choices *best, int *complete, int in_groups, const fm_contest *contest,
              fm_error *error);

#endif
