#include "io/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/input.h"
#include "base/memory.h"

int fm_file_read(unsigned char **out, size_t *size, const char *path, size_t limit,
                 fm_error *error) {
    fm_input input;
    unsigned char *bytes = NULL;
    *out = NULL;
    int status = fm_input_open(&input, path, error);
    if (status)
        return status;
    if (input.size > limit) {
        status = fm_error_set(error, FM_E_FORMAT, path, "is larger than %zu bytes", limit);
        goto out;
    }
    status = fm_memory_allocate(&bytes, (size_t)input.size + 1, 1, path, error);
    if (!status)
        status = fm_input_read(bytes, size, &input, (size_t)input.size, error);
    if (status)
        goto out;
    *out = bytes;
    bytes = NULL;
out:
    free(bytes);
    fm_input_close(&input);
    return status;
}

static int fail(const char *path, const char *action, fm_error *error) {
    return fm_error_set(error, FM_E_FILE, path, "cannot %s: %s", action, strerror(errno));
}

static int write_parts(int descriptor, const char *path, const fm_file_part *parts, size_t count,
                       fm_error *error) {
    for (size_t i = 0; i < count; i++) {
        const char *next = parts[i].bytes;
        for (size_t left = parts[i].size; left > 0;) {
            ssize_t written = write(descriptor, next, left);
            if (written < 0 && errno == EINTR)
                continue;
            if (written < 0)
                return fail(path, "write", error);
            next += written;
            left -= (size_t)written;
        }
    }
    return FM_OK;
}

/* Opens, writes, flushes to the disk (regular files only) and closes. */
static int write_to(const char *name, int flags, int is_file, const char *path,
                    const fm_file_part *parts, size_t count, fm_error *error) {
    int descriptor = open(name, flags | O_WRONLY | O_CLOEXEC, 0666);
    if (descriptor < 0)
        return fail(path, "write", error);
    int status = write_parts(descriptor, path, parts, count, error);
    if (!status && is_file && fsync(descriptor))
        status = fail(path, "flush to the disk", error);
    if (close(descriptor) && !status)
        status = fail(path, "write", error);
    return status;
}

int fm_file_flush_folder(const char *folder, const char *path, fm_error *error) {
    int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    /* A folder without read permission cannot be opened, and some file systems cannot flush
     * folders: then the file system decides when the rename reaches the disk. */
    if (descriptor < 0)
        return FM_OK;
    int status = FM_OK;
    if (fsync(descriptor) && errno != EINVAL)
        status = fail(path, "flush its folder to the disk", error);
    close(descriptor);
    return status;
}

static const char temporary_mark[] = ".tmp-"; /* the process ID follows */

/* For "FOLDER/NAME", returns the temporary name "FOLDER/.NAME.tmp-PID" and the folder "FOLDER/.".
 */
static int name_temporary(char **temporary, char **folder, const char *path, fm_error *error) {
    const char *slash = strrchr(path, '/');
    int folder_size = slash ? (int)(slash + 1 - path) : 0;
    size_t size = strlen(path) + 32;
    *folder = NULL;
    int status = fm_memory_allocate(temporary, size, 1, path, error);
    if (!status)
        status = fm_memory_allocate(folder, size, 1, path, error);
    if (status)
        return status;
    snprintf(*temporary, size, "%.*s.%s%s%ld", folder_size, path, path + folder_size,
             temporary_mark, (long)getpid());
    snprintf(*folder, size, "%.*s.", folder_size, path);
    return FM_OK;
}

int fm_file_write(const char *path, const fm_file_part *parts, size_t count, fm_error *error) {
    struct stat found;
    int exists = stat(path, &found) == 0;
    if (exists && S_ISDIR(found.st_mode))
        return fm_error_set(error, FM_E_FILE, path, "cannot write: is a folder");
    if (exists && !S_ISREG(found.st_mode))
        return write_to(path, 0, 0, path, parts, count, error);

    char *temporary = NULL, *folder = NULL;
    int status = name_temporary(&temporary, &folder, path, error);
    if (status)
        goto out;
    unlink(temporary); /* left by a killed process with the same ID */
    status = write_to(temporary, O_CREAT | O_EXCL, 1, path, parts, count, error);
    if (!status && rename(temporary, path))
        status = fail(path, "rename the temporary file", error);
    if (status)
        unlink(temporary);
    else
        status = fm_file_flush_folder(folder, path, error);
out:
    free(folder);
    free(temporary);
    return status;
}

static int is_temporary(const char *entry, const char *name) {
    size_t length = strlen(name), mark = strlen(temporary_mark);
    return entry[0] == '.' && !strncmp(entry + 1, name, length) &&
           !strncmp(entry + 1 + length, temporary_mark, mark) && entry[1 + length + mark] &&
           !entry[1 + length + mark + strspn(entry + 1 + length + mark, "0123456789")];
}

void fm_file_remove_some(const char *folder, int (*is_one)(const char *name, const char *about),
                         const char *about) {
    DIR *entries = opendir(folder);
    if (!entries)
        return;
    for (struct dirent *entry; (entry = readdir(entries));)
        if (is_one(entry->d_name, about))
            unlinkat(dirfd(entries), entry->d_name, 0);
    closedir(entries);
}

void fm_file_sweep(const char *folder, const char *name) {
    fm_file_remove_some(folder, is_temporary, name);
}

int fm_file_append(int descriptor, const char *path, const fm_file_part *parts, size_t count,
                   fm_error *error) {
    off_t end = lseek(descriptor, 0, SEEK_END);
    if (end < 0)
        return fail(path, "write", error);
    int status = write_parts(descriptor, path, parts, count, error);
    if (!status && fsync(descriptor))
        status = fail(path, "flush to the disk", error);
    /* A failure here cannot be handled further; the caller gets the first error. */
    if (status)
        (void)!ftruncate(descriptor, end);
    return status;
}
