#include "base/path.h"

#include <stdio.h>

int fm_path_join(char out[FM_PATH_SIZE], const char *folder, const char *name, fm_error *error) {
    int length = snprintf(out, FM_PATH_SIZE, "%s/%s", folder, name);
    if (length < 0 || length >= FM_PATH_SIZE)
        return fm_error_set(error, FM_E_FILE, folder, "the name is too long");
    return FM_OK;
}
