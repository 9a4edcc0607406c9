/* Reads whole files, writes files atomically, and appends to files. */
#ifndef FM_IO_FILE_H
#define FM_IO_FILE_H

#include <stddef.h>

#include "fmnist_cl/error.h"

/* Reads a file of at most limit bytes and adds a terminating zero, so that text can be used as a
 * string. Free with free(). FM_E_FILE, FM_E_FORMAT (too large), FM_E_MEMORY. */
int fm_file_read(unsigned char **out, size_t *size, const char *path, size_t limit,
                 fm_error *error);

/* A piece of a file's content: large pieces need not be copied into one buffer. */
typedef struct fm_file_part {
    const void *bytes;
    size_t size;
} fm_file_part;

/* Writes the parts in order, atomically: to ".NAME.tmp-PID" in the same folder, which is flushed to
 * the disk and renamed to path. If the process is killed or the disk is full, path is either the
 * old or the complete new file. An existing device or pipe is written directly. FM_E_FILE,
 * FM_E_MEMORY. */
int fm_file_write(const char *path, const fm_file_part *parts, size_t count, fm_error *error);

/* Flushes a folder to the disk, so that new and renamed files in it survive a power failure. Error
 * messages name path. Does nothing if the file system cannot flush folders. FM_E_FILE. */
int fm_file_flush_folder(const char *folder, const char *path, fm_error *error);

/* Deletes the files in a folder for which is_one(name, about) is true. Files that cannot be deleted
 * stay. */
void fm_file_remove_some(const char *folder, int (*is_one)(const char *name, const char *about),
                         const char *about);

/* Deletes temporary files that killed processes left when they wrote FOLDER/NAME. Call it only
 * while no other process writes that file. */
void fm_file_sweep(const char *folder, const char *name);

/* Appends the parts to an open file and flushes it to the disk. On failure, truncates the file to
 * its old size. path is the name for error messages. FM_E_FILE. */
int fm_file_append(int descriptor, const char *path, const fm_file_part *parts, size_t count,
                   fm_error *error);

#endif
