#include "fmnist_cl/error.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/utf8.h"

static void copy(char *out, size_t size, const char *text) {
    snprintf(out, size, "%s", text ? text : "");
}

int fm_error_set(fm_error *error, int status, const char *what, const char *why, ...) {
    if (!error)
        return status;
    error->status = status;
    /* what may be a text of this same error: a caller adding context to what it got. */
    if (what != error->what)
        copy(error->what, sizeof error->what, what);
    va_list arguments;
    va_start(arguments, why);
    vsnprintf(error->why, sizeof error->why, why, arguments);
    va_end(arguments);
    /* Names from files and command lines come into these texts: they must not break the one line of
     * an error, nor send a terminal commands. */
    fm_utf8_clean(error->what, 0);
    fm_utf8_clean(error->why, 0);
    error->hint[0] = '\0';
    error->detail[0] = '\0';
    return status;
}

int fm_error_hint(fm_error *error, const char *hint, ...) {
    if (!error)
        return FM_E_ARGUMENT;
    va_list arguments;
    va_start(arguments, hint);
    vsnprintf(error->hint, sizeof error->hint, hint, arguments);
    va_end(arguments);
    fm_utf8_clean(error->hint, 0);
    return error->status;
}

void fm_error_detail(fm_error *error, const char *detail) {
    if (!error)
        return;
    copy(error->detail, sizeof error->detail, detail);
    fm_utf8_clean(error->detail, 1);
}
