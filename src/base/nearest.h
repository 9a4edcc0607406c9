/* What a mistyped name was probably meant to be. */
#ifndef FM_BASE_NEAREST_H
#define FM_BASE_NEAREST_H

#include <stddef.h>

/* The candidate most like text, or NULL when none is near enough to be meant. */
const char *fm_nearest(const char *text, const char *const *candidates, size_t count);

#endif
