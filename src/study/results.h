/* Results as JSON. */
#ifndef FM_STUDY_RESULTS_H
#define FM_STUDY_RESULTS_H

#include <jansson.h>

#include "fmnist_cl/experiment.h"

/* A value as JSON number or string; null for FM_NO_VALUE. */
json_t *fm_plan_value_json(const fm_plan *plan, size_t value);

json_t *fm_difference_json(const fm_difference *difference);

/* The content of experiment.json and of `explore --json`; NULL if out of memory. */
json_t *fm_experiment_json(const fm_experiment *experiment);

/* Writes the document to FOLDER/NAME and frees it. *json is its text, to be freed with free(),
 * unless json is NULL. FM_E_FILE, FM_E_MEMORY. */
int fm_results_write(char **json, json_t *document, const char *folder, const char *name,
                     fm_error *error);

#endif
