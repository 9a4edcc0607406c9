/* Files read whole, and written whole or not at all; or a part at a time. */
#ifndef FM_IO_FILE_H
#define FM_IO_FILE_H

#include <stddef.h>

#include "fmnist_cl/error.h"

/* Reads a file of at most limit bytes; a zero follows them, so that text is a string. free() it.
 * FM_E_FILE, FM_E_FORMAT (too large), FM_E_MEMORY. */
int fm_file_read(unsigned char **out, size_t *size, const char *path, size_t limit,
                 fm_error *error);

/* A part of a file's content, so that large parts need not be copied together. */
typedef struct fm_file_part {
    const void *bytes;
    size_t size;
} fm_file_part;

/* Writes the parts, one after the other, as ".NAME.tmp-PID" in the same folder, flushes that to the
 * disk and renames it over path: whenever the process is killed or the disk is full, path is the
 * earlier file or the new one, whole. A device or pipe that exists is written to as it is.
 * FM_E_FILE, FM_E_MEMORY. */
int fm_file_write(const char *path, const fm_file_part *parts, size_t count, fm_error *error);

/* A text as FOLDER/NAME, in the same way. */
int fm_file_write_text(const char *folder, const char *name, const char *text, fm_error *error);

/* Makes last what was made or renamed in the folder, for path's sake, which errors name. Where a
 * folder cannot be flushed that is left to the file system. FM_E_FILE. */
int fm_file_flush_folder(const char *folder, const char *path, fm_error *error);

/* Removes the files in a folder whose names is_one accepts, which is given `about` as well. What
 * cannot be removed stays. */
void fm_file_remove_some(const char *folder, int (*is_one)(const char *name, const char *about),
                         const char *about);

/* Removes what killed processes left of writing FOLDER/NAME. Nobody else may be writing it now. */
void fm_file_sweep(const char *folder, const char *name);

/* Writes the parts at the end of an open file, which path names in errors, and flushes that to the
 * disk. When it fails the file is cut back to what it was. FM_E_FILE. */
int fm_file_append(int descriptor, const char *path, const fm_file_part *parts, size_t count,
                   fm_error *error);

#endif
