/* config.json: the settings of a run (io/settings_json.h), its program, device and data set. */
#ifndef FM_TRAIN_RUN_CONFIG_H
#define FM_TRAIN_RUN_CONFIG_H

#include <jansson.h>

#include "fmnist_cl/dataset.h"
#include "fmnist_cl/device.h"
#include "fmnist_cl/run_folder.h"
#include "fmnist_cl/trainer.h"

/* Returns the document, or NULL if out of memory. */
json_t *fm_run_config_json(const char *run, const fm_run_basis *basis);

/* Reads the document; path is for messages. *sessions is its array of sessions (io/session_json.h),
 * NULL in older files; release with json_decref. FM_E_FORMAT, FM_E_MEMORY. */
int fm_run_config_read(fm_run_settings *out, json_t **sessions, const char *text, const char *path,
                       fm_error *error);

#endif
