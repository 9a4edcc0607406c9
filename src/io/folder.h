/* Creates and locks folders. */
#ifndef FM_IO_FOLDER_H
#define FM_IO_FOLDER_H

#include "fmnist_cl/error.h"

/* Creates all parent folders of path, but not path itself. FM_E_FILE. */
int fm_folder_create_parents(const char *path, fm_error *error);

/* Creates path and its parents. Succeeds if it already exists. FM_E_FILE. */
int fm_folder_create(const char *path, fm_error *error);

/* Locks the folder for this process. Closing *out unlocks it, and so does the end of the process,
 * even if it is killed; the lock creates no file. If the file system does not support locks, *out
 * is -1 and nothing is locked. FM_E_FILE if another process holds the lock, or path is not a
 * folder. */
int fm_folder_lock(int *out, const char *path, fm_error *error);
void fm_folder_unlock(int lock);

#endif
