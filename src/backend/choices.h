/* Internal: the default tuning parameters, and whether a device supports given ones. */
#ifndef FM_BACKEND_CHOICES_H
#define FM_BACKEND_CHOICES_H

#include "cl/context.h"
#include "fmnist_cl/choices.h"

/* Teams of work-items that divide the terms of a GPU tile's sums. It is the same on every device,
 * because it decides the order in which terms are added. */
enum { FM_TILE_TEAMS = 4 };

/* The default tuning parameters for a device. */
void fm_choices_init(fm_choices *out, const fm_cl_context *context);

/* Floats of a matrix that a compute unit keeps in its L2 cache: half of the cache. */
size_t fm_choices_cached_floats(const fm_cl_context *context);

/* Whether each value is allowed, and the device has the local memory and the work-group size that
 * the values need. */
int fm_choices_fit(const fm_choices *choices, const fm_cl_context *context);

#endif
