/* Looks up the name of an enum value, for options and files. */
#ifndef FM_BASE_NAMES_H
#define FM_BASE_NAMES_H

#include <stddef.h>

#include "fmnist_cl/error.h"

/* Finds name among names[count] and writes its index to *out. Otherwise FM_E_ARGUMENT: kind
 * ("activation") names the option in the message, and the hint lists the names. */
int fm_names_find(size_t *out, const char *const *names, size_t count, const char *kind,
                  const char *name, fm_error *error);

#endif
