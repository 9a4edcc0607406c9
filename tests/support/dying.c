/* Linked into a second fmnist-cl that dies (FM_DIE_AT=N) or gets a full disk (FM_FAIL_AT=N) at the
 * Nth call that changes files. If that call is a write, half of the data is written first. */
/* wrap: open write fsync rename unlink unlinkat mkdir ftruncate */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int reached(const char *variable) {
    static int calls[2];
    const char *number = getenv(variable);
    int *count = &calls[variable[3] == 'D'];
    return number && ++*count == atoi(number);
}

/* Whether this call fails. Does not return if it is the call to die at. */
static int fails(void) {
    if (reached("FM_DIE_AT"))
        kill(getpid(), SIGKILL);
    if (!reached("FM_FAIL_AT"))
        return 0;
    errno = ENOSPC;
    return 1;
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
ssize_t __real_write(int file, const void *bytes, size_t size);
ssize_t __wrap_write(int file, const void *bytes, size_t size);
int __real_fsync(int file);
int __wrap_fsync(int file);
int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);
int __real_unlink(const char *path);
int __wrap_unlink(const char *path);
int __real_unlinkat(int folder, const char *path, int flags);
int __wrap_unlinkat(int folder, const char *path, int flags);
int __real_mkdir(const char *path, mode_t mode);
int __wrap_mkdir(const char *path, mode_t mode);
int __real_ftruncate(int file, off_t size);
int __wrap_ftruncate(int file, off_t size);

int __wrap_open(const char *path, int flags, ...) {
    mode_t mode = 0;
    if (flags & O_CREAT) {
        va_list arguments;
        va_start(arguments, flags);
        mode = (mode_t)va_arg(arguments, int);
        va_end(arguments);
        if (fails())
            return -1;
    }
    return __real_open(path, flags, mode);
}

ssize_t __wrap_write(int file, const void *bytes, size_t size) {
    if (reached("FM_DIE_AT")) {
        (void)!__real_write(file, bytes, size / 2);
        kill(getpid(), SIGKILL);
    }
    if (!reached("FM_FAIL_AT"))
        return __real_write(file, bytes, size);
    (void)!__real_write(file, bytes, size / 2);
    errno = ENOSPC;
    return -1;
}

int __wrap_fsync(int file) {
    return fails() ? -1 : __real_fsync(file);
}

int __wrap_rename(const char *from, const char *to) {
    return fails() ? -1 : __real_rename(from, to);
}

int __wrap_unlink(const char *path) {
    return fails() ? -1 : __real_unlink(path);
}

int __wrap_unlinkat(int folder, const char *path, int flags) {
    return fails() ? -1 : __real_unlinkat(folder, path, flags);
}

int __wrap_mkdir(const char *path, mode_t mode) {
    return fails() ? -1 : __real_mkdir(path, mode);
}

int __wrap_ftruncate(int file, off_t size) {
    return fails() ? -1 : __real_ftruncate(file, size);
}
