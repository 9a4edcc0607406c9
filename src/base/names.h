/* Names of an enum's values, in their order, in a list that NULL ends. */
#ifndef FM_BASE_NAMES_H
#define FM_BASE_NAMES_H

#include "fmnist_cl/error.h"

/* "unknown" when the value has no name. */
const char *fm_names_get(const char *const *names, int value);

/* Writes the value of that name. FM_E_ARGUMENT when there is none: kind says what was wanted
 * ("activation"), and the hint lists the names. */
int fm_names_find(int *out, const char *const *names, const char *kind, const char *name,
                  fm_error *error);

#endif
