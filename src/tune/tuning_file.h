/* Internal: the checksum in a tuning file. */
#ifndef FM_TUNE_TUNING_FILE_H
#define FM_TUNE_TUNING_FILE_H

#include <jansson.h>

#include "base/sha256.h"
#include "fmnist_cl/error.h"

#define FM_TUNING_SUM "sha256"

/* Computes the checksum of the document without the checksum itself. FM_E_MEMORY. */
int fm_tuning_sum(char out[FM_SHA256_TEXT], const json_t *document, fm_error *error);

#endif
