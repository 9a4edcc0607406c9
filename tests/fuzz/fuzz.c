#include "fuzz/fuzz.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[256], path[512];

static void leave(void) {
    unlink(path);
    rmdir(folder);
}

void fuzz_require(int holds, const char *what) {
    if (holds)
        return;
    fprintf(stderr, "violated: %s\n", what);
    abort();
}

const char *fuzz_folder(void) {
    if (folder[0])
        return folder;
    /* In memory if possible: it is written thousands of times per second. */
    const char *parent = access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm";
    snprintf(folder, sizeof folder, "%s/fmnist-cl-fuzz-XXXXXX", parent);
    fuzz_require(mkdtemp(folder) != NULL, "a folder for the file can be made");
    fuzz_name("input");
    atexit(leave);
    return folder;
}

void fuzz_name(const char *name) {
    snprintf(path, sizeof path, "%s/%s", fuzz_folder(), name);
}

const char *fuzz_file(const uint8_t *bytes, size_t size) {
    fuzz_folder();
    int descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    fuzz_require(descriptor >= 0 && (size == 0 || write(descriptor, bytes, size) == (ssize_t)size),
                 "the file can be written");
    close(descriptor);
    return path;
}

void fuzz_require_error(int status, const fm_error *error) {
    fuzz_require(error->status == status, "the error has the returned status");
    fuzz_require(error->what[0] && error->why[0], "the error says what and why");
    fuzz_require(memchr(error->what, 0, sizeof error->what) != NULL, "`what` is terminated");
    fuzz_require(memchr(error->why, 0, sizeof error->why) != NULL, "`why` is terminated");
}
