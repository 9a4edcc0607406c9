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
    /* what may be error->what itself: a caller adds context to an error that it received. */
    if (what != error->what)
        copy(error->what, sizeof error->what, what);
    va_list arguments;
    va_start(arguments, why);
    vsnprintf(error->why, sizeof error->why, why, arguments);
    va_end(arguments);
    /* These texts may contain names from files and command lines, which must not break the line or
     * send control sequences to a terminal. */
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
