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

/* The real function, as a pointer of its type. */
#define REAL(name, type, ...)                                                                      \
    type (*real)(__VA_ARGS__);                                                                     \
    void *function = faults_next(name);                                                            \
    memcpy(&real, &function, sizeof real)

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
    REAL("open", int, const char *, int, ...);
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
    REAL("close", int, int);
    char detail[256];
    int due = DUE("close", path_of(detail, descriptor), EIO);
    faults_give_back(FAULTS_FILES, as_thing(descriptor));
    int status = real(descriptor);
    return due ? (errno = EIO, -1) : status;
}

ssize_t read(int descriptor, void *out, size_t size) {
    REAL("read", ssize_t, int, void *, size_t);
    char detail[256];
    return DUE("read", path_of(detail, descriptor), EIO) ? -1 : real(descriptor, out, size);
}

ssize_t pread(int descriptor, void *out, size_t size, off_t from) {
    REAL("pread", ssize_t, int, void *, size_t, off_t);
    char detail[256];
    return DUE("pread", path_of(detail, descriptor), EIO) ? -1 : real(descriptor, out, size, from);
}

ssize_t __read_chk(int descriptor, void *out, size_t size, size_t room);
ssize_t __read_chk(int descriptor, void *out, size_t size, size_t room) {
    REAL("__read_chk", ssize_t, int, void *, size_t, size_t);
    char detail[256];
    return DUE("read", path_of(detail, descriptor), EIO) ? -1 : real(descriptor, out, size, room);
}

/* A full disk writes a part of the data first. */
ssize_t write(int descriptor, const void *bytes, size_t size) {
    REAL("write", ssize_t, int, const void *, size_t);
    char detail[256];
    if (!DUE("write", path_of(detail, descriptor), ENOSPC))
        return real(descriptor, bytes, size);
    if (size > 1)
        (void)!real(descriptor, bytes, size / 2);
    errno = ENOSPC;
    return -1;
}

#define SIMPLE(name, code, parameters, arguments, types, detail)                                   \
    int name parameters {                                                                          \
        REAL(#name, int, types);                                                                   \
        return DUE(#name, detail, code) ? -1 : real arguments;                                     \
    }
#define TYPES(...) __VA_ARGS__

/* The third argument has different types, but all are passed like a pointer. */
int fcntl(int descriptor, int command, ...) {
    REAL("fcntl", int, int, int, ...);
    char detail[256];
    va_list more;
    va_start(more, command);
    void *argument = va_arg(more, void *);
    va_end(more);
    return DUE("fcntl", path_of(detail, descriptor), EIO) ? -1
                                                          : real(descriptor, command, argument);
}

int fsync(int descriptor) {
    REAL("fsync", int, int);
    char detail[256];
    return DUE("fsync", path_of(detail, descriptor), EIO) ? -1 : real(descriptor);
}

int ftruncate(int descriptor, off_t size) {
    REAL("ftruncate", int, int, off_t);
    char detail[256];
    return DUE("ftruncate", path_of(detail, descriptor), EIO) ? -1 : real(descriptor, size);
}

off_t lseek(int descriptor, off_t offset, int whence) {
    REAL("lseek", off_t, int, off_t, int);
    char detail[256];
    return DUE("lseek", path_of(detail, descriptor), EIO) ? -1 : real(descriptor, offset, whence);
}

int fstat(int descriptor, struct stat *out) {
    REAL("fstat", int, int, struct stat *);
    char detail[256];
    return DUE("fstat", path_of(detail, descriptor), EIO) ? -1 : real(descriptor, out);
}

SIMPLE(rename, EIO, (const char *from, const char *to), (from, to),
       TYPES(const char *, const char *), to)
SIMPLE(unlink, EIO, (const char *path), (path), TYPES(const char *), path)
SIMPLE(rmdir, EIO, (const char *path), (path), TYPES(const char *), path)
SIMPLE(mkdir, ENOSPC, (const char *path, mode_t mode), (path, mode), TYPES(const char *, mode_t),
       path)
SIMPLE(stat, EIO, (const char *path, struct stat *out), (path, out),
       TYPES(const char *, struct stat *), path)
SIMPLE(lstat, EIO, (const char *path, struct stat *out), (path, out),
       TYPES(const char *, struct stat *), path)
SIMPLE(access, EIO, (const char *path, int mode), (path, mode), TYPES(const char *, int), path)

ssize_t readlink(const char *path, char *out, size_t size) {
    REAL("readlink", ssize_t, const char *, char *, size_t);
    return DUE("readlink", path, EIO) ? -1 : real(path, out, size);
}

int scandir(const char *path, struct dirent ***out, int (*wanted)(const struct dirent *),
            int (*order)(const struct dirent **, const struct dirent **)) {
    REAL("scandir", int, const char *, struct dirent ***, int (*)(const struct dirent *),
         int (*)(const struct dirent **, const struct dirent **));
    return DUE("scandir", path, EIO) ? -1 : real(path, out, wanted, order);
}

DIR *opendir(const char *path) {
    REAL("opendir", DIR *, const char *);
    return DUE("opendir", path, EIO) ? NULL : real(path);
}

struct dirent *readdir(DIR *folder) {
    REAL("readdir", struct dirent *, DIR *);
    return DUE("readdir", NULL, EIO) ? NULL : real(folder);
}

int closedir(DIR *folder) {
    REAL("closedir", int, DIR *);
    int due = DUE("closedir", NULL, EIO);
    int status = real(folder);
    return due ? (errno = EIO, -1) : status;
}

int flock(int descriptor, int operation) {
    REAL("flock", int, int, int);
    char detail[256];
    return DUE("flock", path_of(detail, descriptor), EIO) ? -1 : real(descriptor, operation);
}

SIMPLE(unlinkat, EIO, (int folder, const char *path, int flags), (folder, path, flags),
       TYPES(int, const char *, int), path)

FILE *fopen(const char *path, const char *mode) {
    REAL("fopen", FILE *, const char *, const char *);
    return DUE("fopen", path, EIO) ? NULL : real(path, mode);
}

int fflush(FILE *stream) {
    REAL("fflush", int, FILE *);
    int due = DUE("fflush", stream == stdout ? "stdout" : NULL, ENOSPC);
    int status = real(stream);
    return due ? (errno = ENOSPC, EOF) : status;
}

FILE *tmpfile(void) {
    REAL("tmpfile", FILE *, void);
    return DUE("tmpfile", NULL, EIO) ? NULL : real();
}

int fclose(FILE *stream) {
    REAL("fclose", int, FILE *);
    int due = DUE("fclose", stream == stdout ? "stdout" : NULL, EIO);
    int status = real(stream);
    return due ? (errno = EIO, EOF) : status;
}
