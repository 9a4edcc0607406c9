#include "fmnist_cl/error.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/utf8.h"

static void copy(char *out, size_t size, const char *text) {
    snprintf(out, size, "%s", text ? text : "");
}

/* These texts may contain names from files and command lines. Replaces everything that could break
 * the line or send control sequences to a terminal by '?'. */
static void clean(char *text) {
    while (*text) {
        uint32_t code;
        size_t length = fm_utf8_character(&code, text);
        if (!length || !fm_utf8_is_shown(code)) {
            *text = '?';
            length = 1;
        }
        text += length;
    }
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
    clean(error->what);
    clean(error->why);
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
    clean(error->hint);
    return error->status;
}

void fm_error_detail(fm_error *error, const char *detail) {
    if (error)
        copy(error->detail, sizeof error->detail, detail);
}
