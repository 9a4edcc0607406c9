/* Settings as JSON: an object with a key for each row of the table except aliases, as in
 * config.json. Lists are texts, as on the command line; "none" is null. */
#ifndef FM_IO_SETTINGS_JSON_H
#define FM_IO_SETTINGS_JSON_H

#include <jansson.h>

#include "settings/settings.h"

/* NULL if there is not enough memory. */
json_t *fm_settings_json(const fm_settings *settings);

/* One value. NULL if there is not enough memory. */
json_t *fm_option_json(const void *base, const fm_option *option);

/* Reads the settings that the object has, and leaves the others unchanged. Ignores other keys.
 * FM_E_FORMAT, FM_E_MEMORY. */
int fm_settings_json_read(fm_settings *out, const json_t *object, const char *path,
                          fm_error *error);

/* Reads a file with such an object. Ignores the other keys of a run's config.json. An unknown key,
 * or a setting together with its alias, is an error. FM_E_FILE, FM_E_FORMAT, FM_E_MEMORY. */
int fm_settings_json_load(fm_settings *out, const char *path, fm_error *error);

/* Whether the objects have the same values. A setting that `there` lacks has its default: `there`
 * was written by an older version. Ignores keys that only `there` has. *key is the first key whose
 * value differs. Nested objects are compared in the same way. */
int fm_settings_json_agree(const char **key, const json_t *there, const json_t *here);
/* The same for two texts. Invalid JSON agrees only with an identical text. */
int fm_settings_text_agree(const char *there, const char *here);

#endif
