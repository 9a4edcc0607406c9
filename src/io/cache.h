/* Files in the cache folder, which the caller names. */
#ifndef FM_IO_CACHE_H
#define FM_IO_CACHE_H

#include <stddef.h>

/* Writes "FOLDER/KIND-HASH" to out[size]; returns 0 if it does not fit. The hash is of `about`, the
 * text that identifies the file's subject: device names may contain any character. */
int fm_cache_path(char *out, size_t size, const char *folder, const char *kind, const char *about);

/* Deletes all files of this kind that fm_cache_path names. Files that cannot be deleted stay. */
void fm_cache_remove(const char *folder, const char *kind);

#endif
