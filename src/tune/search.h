/* Searches for the fastest tuning parameters, one parameter after the other. */
#ifndef FM_TUNE_SEARCH_H
#define FM_TUNE_SEARCH_H

#include "fmnist_cl/choices.h"
#include "fmnist_cl/error.h"

/* Questions that the search asks its caller. */
typedef struct fm_search_calls {
    void *user;
    /* Whether the device supports a candidate. */
    int (*fits)(void *user, const fm_choices *candidate);
    /* Compares a candidate with the best so far, which it replaces if *is_faster. */
    int (*compare)(int *is_faster, void *user, const fm_choices *candidate, fm_error *error);
    /* Whether the search must end. */
    int (*is_over)(void *user);
} fm_search_calls;

/* Starts from *best and leaves the best candidate in it, even after a failure. For each tuning
 * parameter (in_groups: of the kernels with work-groups, otherwise of those with a work-group size
 * of 1) it tries the next larger and smaller values until two in a row are not faster. It repeats
 * this until a pass finds nothing faster; then *complete is 1. It tries no candidate twice. Fails
 * if compare fails. */
int fm_search(fm_choices *best, int *complete, int in_groups, const fm_search_calls *calls,
              fm_error *error);

#endif
