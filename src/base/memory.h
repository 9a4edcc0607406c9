/* Checked memory allocation. */
#ifndef FM_BASE_MEMORY_H
#define FM_BASE_MEMORY_H

#include <stddef.h>

#include "fmnist_cl/error.h"

/* Allocates count elements of size bytes, zeroed, and stores the pointer in *out (a pointer to a
 * pointer). Checks count x size for overflow. what names the memory in the error message:
 * "weights", "the label file". A count of 0 gives a pointer that may be freed but not read. Free
 * with free(). FM_E_MEMORY: *out is then NULL. */
int fm_memory_allocate(void *out, size_t count, size_t size, const char *what, fm_error *error);

#endif
