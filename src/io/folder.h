/* Folders that are made where they are missing. */
#ifndef FM_IO_FOLDER_H
#define FM_IO_FOLDER_H

#include "fmnist_cl/error.h"

/* Makes every folder on the way to path, but not path itself. FM_E_FILE. */
int fm_folder_create_parents(const char *path, fm_error *error);

/* Makes path too. A folder that is there already will do. FM_E_FILE. */
int fm_folder_create(const char *path, fm_error *error);

/* Takes the folder for this process alone until *out is closed, which the end of the process does,
 * however it comes; the lock leaves no trace in the folder. *out is -1, and nothing is locked,
 * where a file system has no such locks: then two at a time are the user's business. FM_E_FILE when
 * another process has it, or it is no folder. */
int fm_folder_lock(int *out, const char *path, fm_error *error);
void fm_folder_unlock(int lock);

#endif
