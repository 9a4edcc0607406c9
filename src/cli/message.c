#include "cli/message.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/utf8.h"

int cli_terminal(FILE *stream) {
    const char *terminal = getenv("TERM");
    return isatty(fileno(stream)) && terminal && strcmp(terminal, "dumb") != 0;
}

int cli_coloured(FILE *stream) {
    const char *wish = getenv("NO_COLOR");
    return cli_terminal(stream) && !(wish && wish[0]);
}

/* Bytes of the UTF-8 character at text that is safe to print, 0 when it is none. */
static size_t safe_length(const char *text) {
    uint32_t code;
    size_t length = fm_utf8_character(&code, text);
    return fm_utf8_is_shown(code) ? length : 0;
}

void cli_clean(char *out, size_t size, const char *text, int lines) {
    size_t at = 0;
    while (*text) {
        size_t length = safe_length(text);
        int kept = length > 0 || (lines && (*text == '\n' || *text == '\t'));
        length = length ? length : 1;
        if (at + length >= size)
            break;
        memcpy(out + at, kept ? text : "?", length);
        at += length;
        text += length;
    }
    out[at] = '\0';
}

void cli_print_clean(FILE *out, const char *text, int lines) {
    char clean[4096];
    cli_clean(clean, sizeof clean, text, lines);
    fputs(clean, out);
}

static void print_prefix(const char *colour) {
    int coloured = cli_coloured(stderr);
    fprintf(stderr, "%sfmnist-cl:%s ", coloured ? colour : "", coloured ? "\033[0m" : "");
}

void cli_error_print(const fm_error *error) {
    fflush(stdout);
    print_prefix("\033[1;31m");
    if (error->what[0]) {
        cli_print_clean(stderr, error->what, 0);
        fputs(": ", stderr);
    }
    cli_print_clean(stderr, error->why, 0);
    fputc('\n', stderr);
    if (error->hint[0]) {
        fputs("  hint: ", stderr);
        cli_print_clean(stderr, error->hint, 0);
        fputc('\n', stderr);
    }
    if (error->detail[0]) {
        cli_print_clean(stderr, error->detail, 1);
        fputc('\n', stderr);
    }
}

FM_PRINTF(1, 0)
static void print_line(const char *format, va_list arguments) {
    char line[1024];
    vsnprintf(line, sizeof line, format, arguments);
    cli_print_clean(stderr, line, 0);
    fputc('\n', stderr);
}

void cli_warning(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    print_prefix("\033[1;33m");
    fputs("warning: ", stderr);
    print_line(format, arguments);
    va_end(arguments);
}

void cli_note(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    print_line(format, arguments);
    va_end(arguments);
}

int cli_finish_output(fm_error *error) {
    errno = 0;
    int failed = fflush(stdout) != 0;
    if (failed || ferror(stdout))
        return fm_error_set(error, FM_E_FILE, "standard output", "cannot write: %s",
                            errno ? strerror(errno) : "an earlier write failed");
    return FM_OK;
}
