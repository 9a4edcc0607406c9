#include "base/names.h"

#include <stdio.h>
#include <string.h>

int fm_names_find(size_t *out, const char *const *names, size_t count, const char *kind,
                  const char *name, fm_error *error) {
    char list[200] = "";
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
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
