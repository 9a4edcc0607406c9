/* Results as one JSON document on stdout. */
#ifndef FM_CLI_JSON_H
#define FM_CLI_JSON_H

#include <jansson.h>

#include "fmnist_cl/error.h"

/* Prints and frees the document. FM_E_MEMORY if it is NULL, because creating a part of it failed.
 */
int cli_json_print(json_t *document, fm_error *error);

#endif
