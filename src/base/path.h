/* File names. */
#ifndef FM_BASE_PATH_H
#define FM_BASE_PATH_H

#include "fmnist_cl/error.h"

enum { FM_PATH_SIZE = 4096 };

/* Writes "FOLDER/NAME" to out. FM_E_FILE if it is too long. */
int fm_path_join(char out[FM_PATH_SIZE], const char *folder, const char *name, fm_error *error);

#endif
