/* Inside the library: what is chosen unless somebody has measured, and what a device can run. */
#ifndef FM_BACKEND_CHOICES_H
#define FM_BACKEND_CHOICES_H

#include "cl/context.h"
#include "fmnist_cl/choices.h"

/* Work-items that share the depth of a GPU's tile. The same on each device, or it would depend on
 * that in which order a sum is made. */
enum { FM_TILE_TEAMS = 4 };

/* The built-in choices, by what the device is and what it has. */
void fm_choices_init(fm_choices *out, const fm_cl_context *context);

/* Floats of a matrix that stay in a compute unit's cache while others pass by: half of it. */
size_t fm_choices_near(const fm_cl_context *context);

/* Whether each value is one that may be chosen, and the device has the local memory and the
 * work-items that they need. */
int fm_choices_fit(const fm_choices *choices, const fm_cl_context *context);

#endif
