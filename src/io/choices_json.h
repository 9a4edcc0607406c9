/* Choices as a part of a JSON document. */
#ifndef FM_IO_CHOICES_JSON_H
#define FM_IO_CHOICES_JSON_H

#include <jansson.h>

#include "fmnist_cl/choices.h"

/* An object, by their names; null for NULL. */
json_t *fm_choices_json(const fm_choices *choices);

/* Whether it is such an object, with values that may be chosen; what is in it. */
int fm_choices_from_json(fm_choices *out, const json_t *object);

#endif
