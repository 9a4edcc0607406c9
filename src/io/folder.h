/* Folders that are made where they are missing. */
#ifndef FM_IO_FOLDER_H
#define FM_IO_FOLDER_H

#include "fmnist_cl/error.h"

/* Makes every folder on the way to path, but not path itself. FM_E_FILE. */
int fm_folder_create_parents(const char *path, fm_error *error);

/* Makes path too. A folder that is there already will do. FM_E_FILE. */
int fm_folder_create(const char *path, fm_error *error);

#endif
