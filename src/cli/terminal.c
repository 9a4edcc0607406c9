#include "cli/terminal.h"

#include <langinfo.h>
#include <locale.h>
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

fm_terminal cli_terminal_of(FILE *stream) {
    fm_terminal terminal = {80, 24, 0};
    struct winsize size;
    if (cli_terminal(stream) && !ioctl(fileno(stream), TIOCGWINSZ, &size)) {
        terminal.columns = size.ws_col ? size.ws_col : terminal.columns;
        terminal.rows = size.ws_row ? size.ws_row : terminal.rows;
    }
    terminal.drawn = cli_coloured(stream) && is_utf8();
    return terminal;
}
