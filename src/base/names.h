/* The names of an enum's values, in order, in a list that ends with NULL. */
#ifndef FM_BASE_NAMES_H
#define FM_BASE_NAMES_H

#include "fmnist_cl/error.h"

/* "unknown" if the value has no name. */
const char *fm_names_get(const char *const *names, int value);

/* Writes the value with that name. Otherwise FM_E_ARGUMENT: kind names the option in the message
 * ("activation"), and the hint lists the names. */
int fm_names_find(int *out, const char *const *names, const char *kind, const char *name,
                  fm_error *error);

#endif
