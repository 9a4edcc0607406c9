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

void cli_print_clean(FILE *out, const char *text) {
    char clean[4096];
    snprintf(clean, sizeof clean, "%s", text);
    fm_utf8_clean(clean, 0);
    fputs(clean, out);
}

static void print_prefix(const char *colour) {
    int coloured = cli_coloured(stderr);
    fprintf(stderr, "%sfmnist-cl:%s ", coloured ? colour : "", coloured ? "\033[0m" : "");
}

void cli_error_print(const fm_error *error) {
    fflush(stdout);
    print_prefix("\033[1;31m");
    fprintf(stderr, "%s%s%s\n", error->what, error->what[0] ? ": " : "", error->why);
    if (error->hint[0])
        fprintf(stderr, "  hint: %s\n", error->hint);
    if (error->detail[0])
        fprintf(stderr, "%s\n", error->detail);
}

FM_PRINTF(1, 0)
static void print_line(const char *format, va_list arguments) {
    char line[1024];
    vsnprintf(line, sizeof line, format, arguments);
    cli_print_clean(stderr, line);
    fputc('\n', stderr);
}

void cli_warning(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    print_prefix("\033[1;35m"); /* yellow cannot be read on white */
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

const char *cli_plural(uint64_t count) {
    return count == 1 ? "" : "s";
}

int cli_finish_output(fm_error *error) {
    errno = 0;
    int failed = fflush(stdout) != 0;
    if (failed && errno == EPIPE) /* the reader has seen enough, as head does */
        return FM_OK;
    if (failed || ferror(stdout))
        return fm_error_set(error, FM_E_FILE, "standard output", "cannot write: %s",
                            errno ? strerror(errno) : "an earlier write failed");
    return FM_OK;
}
