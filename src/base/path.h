/* Names of files. */
#ifndef FM_BASE_PATH_H
#define FM_BASE_PATH_H

#include "fmnist_cl/error.h"

enum { FM_PATH_SIZE = 4096 };

/* "FOLDER/NAME". FM_E_FILE when that is too long. */
int fm_path_join(char out[FM_PATH_SIZE], const char *folder, const char *name, fm_error *error);

#endif
