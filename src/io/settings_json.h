/* Settings as JSON: an object with a key for each row of the table that is no alias, as config.json
 * has it. Lists are texts, as the command line takes them; none is null. */
#ifndef FM_IO_SETTINGS_JSON_H
#define FM_IO_SETTINGS_JSON_H

#include <jansson.h>

#include "settings/settings.h"

/* NULL for want of memory. */
json_t *fm_settings_json(const fm_settings *settings);

/* One value. NULL for want of memory. */
json_t *fm_option_json(const void *base, const fm_option *option);

/* Reads the settings that the object has; the others stay as they are, and what is no setting is
 * not looked at. FM_E_FORMAT, FM_E_MEMORY. */
int fm_settings_json_read(fm_settings *out, const json_t *object, const char *path,
                          fm_error *error);

/* Reads a file that holds such an object, and perhaps what else a run's config.json says, which is
 * ignored: with any other key it is refused. FM_E_FILE, FM_E_FORMAT, FM_E_MEMORY. */
int fm_settings_json_load(fm_settings *out, const char *path, fm_error *error);

/* Whether two objects say the same, where a setting that is not in `there` has its default: it was
 * written when there was no such setting. *key is the first that differs. Objects within are
 * compared alike. What stands in `there` alone does not count. */
int fm_settings_json_agree(const char **key, const json_t *there, const json_t *here);
/* The same of two texts; one that is no JSON agrees only with itself. */
int fm_settings_text_agree(const char *there, const char *here);

#endif
