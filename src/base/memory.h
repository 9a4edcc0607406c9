/* Checked memory: zeroed, sizes multiplied without overflow, failures recorded. */
#ifndef FM_BASE_MEMORY_H
#define FM_BASE_MEMORY_H

#include <stddef.h>

#include "fmnist_cl/error.h"

/* count elements of size bytes, zeroed, into *out (a pointer to a pointer). what names them in the
 * error: "weights", "the label file". A count of 0 gives memory that may be freed and not read.
 * Free with free(). FM_E_MEMORY, and *out is NULL then. */
int fm_memory_allocate(void *out, size_t count, size_t size, const char *what, fm_error *error);

#endif
