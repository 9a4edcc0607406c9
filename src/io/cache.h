/* Files that the program keeps for itself between calls, in a folder that the caller names. */
#ifndef FM_IO_CACHE_H
#define FM_IO_CACHE_H

#include <stddef.h>

/* "FOLDER/KIND-SUM" into out[size], by a sum of what the file is about: names of devices have any
 * characters. 0 when it is too long. */
int fm_cache_path(char *out, size_t size, const char *folder, const char *kind, const char *about);

/* Removes every file that fm_cache_path named of that kind; what cannot be removed stays. */
void fm_cache_remove(const char *folder, const char *kind);

#endif
