#include "cli/terminal.h"

#include <langinfo.h>
#include <locale.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/message.h"

static int is_utf8(void) {
    locale_t locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
    if (!locale)
        return 0;
    int utf8 = !strcmp(nl_langinfo_l(CODESET, locale), "UTF-8");
    freelocale(locale);
    return utf8;
}

/* As terminals announce it: COLORTERM for 24-bit colours, else the name in TERM. */
static enum fm_colours colours(void) {
    const char *colours = getenv("COLORTERM"), *name = getenv("TERM");
    if (colours && (!strcmp(colours, "truecolor") || !strcmp(colours, "24bit")))
        return FM_COLOURS_TRUE;
    if (name && strstr(name, "-direct"))
        return FM_COLOURS_TRUE;
    return name && strstr(name, "256color") ? FM_COLOURS_256 : FM_COLOURS_16;
}

/* Some terminals announce the numbers of their colours, as in COLORFGBG=0;15. */
static int is_light(void) {
    const char *numbers = getenv("COLORFGBG"), *last = numbers ? strrchr(numbers, ';') : NULL;
    return last && (!strcmp(last, ";7") || !strcmp(last, ";15"));
}

fm_terminal cli_terminal_of(FILE *stream) {
    fm_terminal terminal = {.columns = 80, .rows = 24};
    struct winsize size;
    if (cli_terminal(stream) && !ioctl(fileno(stream), TIOCGWINSZ, &size)) {
        terminal.columns = size.ws_col ? size.ws_col : terminal.columns;
        terminal.rows = size.ws_row ? size.ws_row : terminal.rows;
    }
    terminal.colours = cli_coloured(stream) ? colours() : FM_COLOURS_NONE;
    terminal.drawn = terminal.colours && is_utf8();
    terminal.is_light = is_light();
    return terminal;
}

int cli_is_narrower(size_t columns) {
    return cli_terminal(stdout) && cli_terminal_of(stdout).columns < columns;
}

void cli_print_wrapped(const char *text, size_t indent) {
    const size_t room = cli_terminal(stdout) ? cli_terminal_of(stdout).columns - 1 : SIZE_MAX;
    size_t column = 0;
    while (*text) {
        const size_t blanks = strspn(text, " "), word = strcspn(text + blanks, " \n");
        if (column > indent && column + blanks + word > room)
            printf("\n%*s", (int)indent, "");
        else
            printf("%.*s", (int)blanks, text);
        column = column > indent && column + blanks + word > room ? indent : column + blanks;
        printf("%.*s", (int)word, text + blanks);
        column += word;
        text += blanks + word;
        if (*text == '\n') {
            putchar(*text++);
            column = 0;
        }
    }
}
