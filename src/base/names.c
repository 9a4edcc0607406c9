#include "base/names.h"

#include <stdio.h>
#include <string.h>

const char *fm_names_get(const char *const *names, int value) {
    for (int i = 0; names[i]; i++)
        if (i == value)
            return names[i];
    return "unknown";
}

int fm_names_find(int *out, const char *const *names, const char *kind, const char *name,
                  fm_error *error) {
    char list[200] = "";
    size_t used = 0;
    for (int i = 0; names[i]; i++) {
        if (name && strcmp(name, names[i]) == 0) {
            *out = i;
            return FM_OK;
        }
        if (used < sizeof list)
            used +=
                (size_t)snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "", names[i]);
    }
    fm_error_set(error, FM_E_ARGUMENT, kind, "'%s' is unknown", name ? name : "");
    fm_error_hint(error, "choose one of: %s", list);
    return FM_E_ARGUMENT;
}
