/* wrap: calloc read write fsync rename close */
#include "support/io_faults.h"

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/types.h>

#include "support/check.h"
#include "support/wrap.h"

static atomic_int countdown[IO_CALLS]; /* several threads may call */
static atomic_int is_short, is_interrupted;

void io_faults_arm(enum io_call call, int number) {
    countdown[call] = number;
}

int io_faults_struck(enum io_call call) {
    int struck = countdown[call] <= 0;
    countdown[call] = 0;
    return struck;
}

int io_faults_failed(enum io_call call, int status) {
    const int struck = io_faults_struck(call);
    assert_int_equal(status, !struck ? FM_OK : call == IO_CALLOC ? FM_E_MEMORY : FM_E_FILE);
    return struck;
}

void io_faults_short(int are_short) {
    is_short = are_short;
    is_interrupted = 0;
}

static int is_due(enum io_call call) {
    if (countdown[call] <= 0 || countdown[call]-- != 1)
        return 0;
    errno = call == IO_WRITE ? ENOSPC : EIO;
    return 1;
}

static int interrupt(void) {
    if (!is_short)
        return 0;
    is_interrupted = !is_interrupted;
    if (is_interrupted)
        errno = EINTR;
    return is_interrupted;
}

static size_t shorten(size_t size) {
    return is_short && size > 7 ? 7 : size;
}

WRAP(void *, calloc, size_t count, size_t size) {
    return is_due(IO_CALLOC) ? NULL : __real_calloc(count, size);
}

WRAP(ssize_t, read, int file, void *out, size_t size) {
    return is_due(IO_READ) || interrupt() ? -1 : __real_read(file, out, shorten(size));
}

WRAP(ssize_t, write, int file, const void *bytes, size_t size) {
    return is_due(IO_WRITE) || interrupt() ? -1 : __real_write(file, bytes, shorten(size));
}

WRAP(int, fsync, int file) {
    return is_due(IO_FSYNC) ? -1 : __real_fsync(file);
}

WRAP(int, rename, const char *from, const char *to) {
    return is_due(IO_RENAME) ? -1 : __real_rename(from, to);
}

WRAP(int, close, int file) {
    int closed = __real_close(file);
    return is_due(IO_CLOSE) ? -1 : closed;
}
