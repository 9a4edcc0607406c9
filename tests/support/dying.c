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

#include "support/wrap.h"

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

WRAP(int, open, const char *path, int flags, ...) {
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

WRAP(ssize_t, write, int file, const void *bytes, size_t size) {
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

WRAP(int, fsync, int file) {
    return fails() ? -1 : __real_fsync(file);
}

WRAP(int, rename, const char *from, const char *to) {
    return fails() ? -1 : __real_rename(from, to);
}

WRAP(int, unlink, const char *path) {
    return fails() ? -1 : __real_unlink(path);
}

WRAP(int, unlinkat, int folder, const char *path, int flags) {
    return fails() ? -1 : __real_unlinkat(folder, path, flags);
}

WRAP(int, mkdir, const char *path, mode_t mode) {
    return fails() ? -1 : __real_mkdir(path, mode);
}

WRAP(int, ftruncate, int file, off_t size) {
    return fails() ? -1 : __real_ftruncate(file, size);
}
