#include "io/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static int fail(const char *path, int number, fm_error *error) {
    return fm_error_set(error, FM_E_FILE, path, "cannot create the folder: %s", strerror(number));
}

int fm_folder_create_parents(const char *path, fm_error *error) {
    char prefix[4096];
    if (strlen(path) >= sizeof prefix || !*path)
        return fail(path, *path ? ENAMETOOLONG : ENOENT, error);
    memcpy(prefix, path, strlen(path) + 1);
    for (char *slash = strchr(prefix + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(prefix, 0777) && errno != EEXIST)
            return fail(prefix, errno, error);
        *slash = '/';
    }
    return FM_OK;
}

int fm_folder_create(const char *path, fm_error *error) {
    struct stat found;
    int status = fm_folder_create_parents(path, error);
    if (status || !mkdir(path, 0777))
        return status;
    if (errno != EEXIST)
        return fail(path, errno, error);
    if (stat(path, &found))
        return fail(path, errno, error);
    return S_ISDIR(found.st_mode) ? FM_OK : fail(path, ENOTDIR, error);
}

int fm_folder_lock(int *out, const char *path, fm_error *error) {
    *out = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*out < 0 && (errno == ENOENT || errno == ENOTDIR))
        return fm_error_set(error, FM_E_FILE, path, "cannot open the folder: %s", strerror(errno));
    if (*out < 0 || !flock(*out, LOCK_EX | LOCK_NB))
        return FM_OK;
    int is_taken = errno == EWOULDBLOCK;
    close(*out);
    *out = -1;
    if (is_taken)
        return fm_error_set(error, FM_E_FILE, path, "another process is using this folder");
    return FM_OK;
}

void fm_folder_unlock(int lock) {
    if (lock >= 0)
        close(lock);
}
