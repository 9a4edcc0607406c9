#include "cli/help.h"

#include <string.h>

enum { HELP_INDENT = 26, HELP_WIDTH = 80 };

/* Prints words from column `at` on, wrapped at HELP_WIDTH and indented by HELP_INDENT. */
static void wrap(FILE *out, int at, const char *text) {
    if (at > HELP_INDENT - 2) {
        fputc('\n', out);
        at = 0;
    }
    fprintf(out, "%*s", HELP_INDENT - at, "");
    int column = HELP_INDENT;
    while (*text) {
        int length = (int)strcspn(text, " ");
        if (column > HELP_INDENT && column + 1 + length > HELP_WIDTH) {
            fprintf(out, "\n%*s", HELP_INDENT, "");
            column = HELP_INDENT;
        } else if (column > HELP_INDENT) {
            fputc(' ', out);
            column++;
        }
        fwrite(text, 1, (size_t)length, out);
        column += length;
        text += length;
        text += strspn(text, " ");
    }
    fputc('\n', out);
}

static void print_option(FILE *out, const fm_option *option) {
    char head[64];
    char text[512];
    char letter[5] = "";
    if (option->letter)
        snprintf(letter, sizeof letter, "-%c, ", option->letter);
    int at = snprintf(head, sizeof head, "  %s--%s%s%s", letter, option->name,
                      option->argument ? " " : "", option->argument ? option->argument : "");
    snprintf(text, sizeof text, "%s%s%s%s", option->help, option->standard ? " [" : "",
             option->standard ? option->standard : "", option->standard ? "]" : "");
    fputs(head, out);
    wrap(out, at, text);
}

void cli_options_help(FILE *out, const cli_group *groups) {
    for (const cli_group *g = groups; g->options; g++) {
        fprintf(out, "\n%s:\n", g->heading);
        for (const fm_option *o = cli_group_next(g, NULL); o; o = cli_group_next(g, o))
            print_option(out, o);
    }
}
