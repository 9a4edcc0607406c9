#define _XOPEN_SOURCE 700 /* for nftw */

#include "support/temporary.h"

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/check.h"

enum { PATHS = 64 };
static char paths[PATHS][512];
static size_t next_path;

static void fail_with(const char *action, const char *path) {
    fail_msg("%s %s: %s", action, path, strerror(errno));
}

char *temporary_create(void) {
    const char *parent = getenv("TMPDIR");
    char name[256];
    snprintf(name, sizeof name, "%s/fmnist-cl-test-XXXXXX", parent && *parent ? parent : "/tmp");
    if (!mkdtemp(name))
        fail_with("cannot make", name);
    char *folder = strdup(name);
    assert_non_null(folder);
    return folder;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *place) {
    (void)status;
    (void)type;
    (void)place;
    return remove(path);
}

void temporary_remove(char *folder) {
    if (folder && nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS))
        fail_with("cannot remove", folder);
    free(folder);
}

const char *temporary_path(const char *folder, const char *name) {
    char *path = paths[next_path++ % PATHS];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

void temporary_write(const char *path, const void *bytes, size_t size) {
    FILE *file = fopen(path, "wb");
    if (!file || (size && fwrite(bytes, 1, size, file) != size) || fclose(file))
        fail_with("cannot write", path);
}

unsigned char *temporary_read(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END))
        fail_with("cannot read", path);
    *size = (size_t)ftell(file);
    rewind(file);
    unsigned char *bytes = malloc(*size + 1);
    assert_non_null(bytes);
    if (fread(bytes, 1, *size, file) != *size || fclose(file))
        fail_with("cannot read", path);
    bytes[*size] = 0;
    return bytes;
}

/* The number of entries of a folder, and the path of the last one. */
static size_t list(const char **path, const char *folder) {
    DIR *entries = opendir(folder);
    if (!entries)
        fail_with("cannot list", folder);
    size_t count = 0;
    for (struct dirent *entry; (entry = readdir(entries));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            *path = temporary_path(folder, entry->d_name);
            count++;
        }
    closedir(entries);
    return count;
}

size_t temporary_count(const char *folder) {
    const char *path;
    return list(&path, folder);
}

const char *temporary_only(const char *folder) {
    const char *path = NULL;
    assert_int_equal(list(&path, folder), 1);
    return path;
}

int temporary_setup(void **state) {
    *state = temporary_create();
    return 0;
}

int temporary_teardown(void **state) {
    temporary_remove(*state);
    return 0;
}
