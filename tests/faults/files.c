/* Wraps file operations. close closes the file and then fails. Fortified names (_FORTIFY_SOURCE)
 * are wrapped as well. */
/* With fortification, headers define inline functions of the same name, which clang confuses with
 * these. */
#undef _FORTIFY_SOURCE
#define _GNU_SOURCE /* for all declarations of the C library */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "faults/faults.h"

static int is_due(const char *name, const char *detail, int code, const void *caller) {
    int due = faults_due(FAULTS_FILES, name, detail, caller);
    if (due)
        errno = code;
    return due;
}
#define DUE(name, detail, code) is_due(name, detail, code, __builtin_return_address(0))

static const void *as_thing(int descriptor) {
    return (const void *)((intptr_t)(descriptor + 1) << 4);
}

/* The path that a descriptor refers to. */
static const char *path_of(char out[256], int descriptor) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    long length = syscall(SYS_readlink, link, out, 255); /* bypasses the wrapper below */
    out[length > 0 ? length : 0] = '\0';
    return out;
}

static int open_any(const char *path, int flags, mode_t mode, const void *caller) {
    REAL(open);
    char detail[300];
    snprintf(detail, sizeof detail, "%s%s", path, flags & O_DIRECTORY ? " (a folder)" : "");
    if (is_due("open", detail, flags & O_CREAT ? ENOSPC : EIO, caller))
        return -1;
    int descriptor = real(path, flags, mode);
    if (descriptor >= 0)
        faults_take(FAULTS_FILES, as_thing(descriptor), caller);
    return descriptor;
}

int open(const char *path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    mode_t mode = flags & O_CREAT ? va_arg(more, mode_t) : 0;
    va_end(more);
    return open_any(path, flags, mode, __builtin_return_address(0));
}

int __open_2(const char *path, int flags);
int __open_2(const char *path, int flags) {
    return open_any(path, flags, 0, __builtin_return_address(0));
}

int close(int descriptor) {
    REAL(close);
    char detail[256];
    int due = DUE("close", path_of(detail, descriptor), EIO);
    faults_give_back(FAULTS_FILES, as_thing(descriptor));
    int status = real(descriptor);
    return due ? (errno = EIO, -1) : status;
}

/* Wraps a call that returns -1 on failure. */
#define FAILS(type, name, code, detail, parameters, arguments)                                     \
    type name parameters {                                                                         \
        REAL(name);                                                                                \
        return DUE(#name, detail, code) ? -1 : real arguments;                                     \
    }

/* The same for a call on a descriptor; the report names the descriptor's path. */
#define ON_DESCRIPTOR(type, name, parameters, arguments)                                           \
    FAILS(type, name, EIO, path_of((char[256]){0}, descriptor), parameters, arguments)

ON_DESCRIPTOR(ssize_t, read, (int descriptor, void *out, size_t size), (descriptor, out, size))
ON_DESCRIPTOR(ssize_t, pread, (int descriptor, void *out, size_t size, off_t from),
              (descriptor, out, size, from))
ON_DESCRIPTOR(int, fsync, (int descriptor), (descriptor))
ON_DESCRIPTOR(int, ftruncate, (int descriptor, off_t size), (descriptor, size))
ON_DESCRIPTOR(off_t, lseek, (int descriptor, off_t offset, int whence),
              (descriptor, offset, whence))
ON_DESCRIPTOR(int, fstat, (int descriptor, struct stat *out), (descriptor, out))
ON_DESCRIPTOR(int, flock, (int descriptor, int operation), (descriptor, operation))

ssize_t __read_chk(int descriptor, void *out, size_t size, size_t room);
ssize_t __read_chk(int descriptor, void *out, size_t size, size_t room) {
    REAL(__read_chk);
    char detail[256];
    return DUE("read", path_of(detail, descriptor), EIO) ? -1 : real(descriptor, out, size, room);
}

/* A full disk writes a part of the data first. */
ssize_t write(int descriptor, const void *bytes, size_t size) {
    REAL(write);
    char detail[256];
    if (!DUE("write", path_of(detail, descriptor), ENOSPC))
        return real(descriptor, bytes, size);
    if (size > 1)
        (void)!real(descriptor, bytes, size / 2);
    errno = ENOSPC;
    return -1;
}

/* The third argument has different types, but all are passed like a pointer. */
int fcntl(int descriptor, int command, ...) {
    REAL(fcntl);
    char detail[256];
    va_list more;
    va_start(more, command);
    void *argument = va_arg(more, void *);
    va_end(more);
    return DUE("fcntl", path_of(detail, descriptor), EIO) ? -1
                                                          : real(descriptor, command, argument);
}

FAILS(int, rename, EIO, to, (const char *from, const char *to), (from, to))
FAILS(int, unlink, EIO, path, (const char *path), (path))
FAILS(int, rmdir, EIO, path, (const char *path), (path))
FAILS(int, mkdir, ENOSPC, path, (const char *path, mode_t mode), (path, mode))
FAILS(int, stat, EIO, path, (const char *path, struct stat *out), (path, out))
FAILS(int, lstat, EIO, path, (const char *path, struct stat *out), (path, out))
FAILS(int, access, EIO, path, (const char *path, int mode), (path, mode))

FAILS(ssize_t, readlink, EIO, path, (const char *path, char *out, size_t size), (path, out, size))
FAILS(int, unlinkat, EIO, path, (int folder, const char *path, int flags), (folder, path, flags))
FAILS(int, scandir, EIO, path,
      (const char *path, struct dirent ***out, int (*wanted)(const struct dirent *),
       int (*order)(const struct dirent **, const struct dirent **)),
      (path, out, wanted, order))

DIR *opendir(const char *path) {
    REAL(opendir);
    return DUE("opendir", path, EIO) ? NULL : real(path);
}

struct dirent *readdir(DIR *folder) {
    REAL(readdir);
    return DUE("readdir", NULL, EIO) ? NULL : real(folder);
}

int closedir(DIR *folder) {
    REAL(closedir);
    int due = DUE("closedir", NULL, EIO);
    int status = real(folder);
    return due ? (errno = EIO, -1) : status;
}

FILE *fopen(const char *path, const char *mode) {
    REAL(fopen);
    return DUE("fopen", path, EIO) ? NULL : real(path, mode);
}

int fflush(FILE *stream) {
    REAL(fflush);
    int due = DUE("fflush", stream == stdout ? "stdout" : NULL, ENOSPC);
    int status = real(stream);
    return due ? (errno = ENOSPC, EOF) : status;
}

FILE *tmpfile(void) {
    REAL(tmpfile);
    return DUE("tmpfile", NULL, EIO) ? NULL : real();
}

int fclose(FILE *stream) {
    REAL(fclose);
    int due = DUE("fclose", stream == stdout ? "stdout" : NULL, EIO);
    int status = real(stream);
    return due ? (errno = EIO, EOF) : status;
}
