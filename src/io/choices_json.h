/* Tuning parameters (fm_choices) in JSON. */
#ifndef FM_IO_CHOICES_JSON_H
#define FM_IO_CHOICES_JSON_H

#include <jansson.h>

#include "fmnist_cl/choices.h"

/* An object with one member per tuning parameter; null for NULL. */
json_t *fm_choices_json(const fm_choices *choices);

/* Reads such an object. Returns whether it is valid and all values are in range. */
int fm_choices_from_json(fm_choices *out, const json_t *object);

#endif
