#include "cli/cache.h"

#include <stdio.h>
#include <stdlib.h>

/* The variable's value unless it is empty. The XDG specification ignores relative paths. */
static const char *folder_in(const char *variable, int absolute) {
    const char *folder = getenv(variable);
    return folder && folder[0] && (!absolute || folder[0] == '/') ? folder : NULL;
}

const char *cli_cache_folder(char *out, size_t size) {
    const char *own = folder_in("FMNIST_CACHE", 0), *shared = folder_in("XDG_CACHE_HOME", 1);
    const char *home = folder_in("HOME", 1);
    int length = own      ? snprintf(out, size, "%s", own)
                 : shared ? snprintf(out, size, "%s/fmnist-cl", shared)
                 : home   ? snprintf(out, size, "%s/.cache/fmnist-cl", home)
                          : -1;
    return length > 0 && (size_t)length < size ? out : NULL;
}
