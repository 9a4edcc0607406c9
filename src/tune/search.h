/* A search through tuning parameters, one after the other, for the fastest. */
#ifndef FM_TUNE_SEARCH_H
#define FM_TUNE_SEARCH_H

#include "fmnist_cl/choices.h"
#include "fmnist_cl/error.h"

/* What the search asks. */
typedef struct fm_search_calls {
    void *user;
    /* Whether a device can run a candidate at all. */
    int (*fits)(void *user, const fm_choices *candidate);
    /* Compares a candidate with the best so far, whose place it takes when *is_faster. */
    int (*compare)(int *is_faster, void *user, const fm_choices *candidate, fm_error *error);
    /* Whether the search is to end. */
    int (*is_over)(void *user);
} fm_search_calls;

/* Starts from *best and leaves the best in it, also when it fails. For each tuning parameter that
 * kernels `in_groups`, or those alone, have: tries the values next to the best, and goes on in a
 * direction until two in a row are not faster. Repeats all of that until a pass finds nothing. No
 * candidate is tried twice. *complete says whether it came to that end. Errors of compare. */
int fm_search(fm_choices *best, int *complete, int in_groups, const fm_search_calls *calls,
              fm_error *error);

#endif
