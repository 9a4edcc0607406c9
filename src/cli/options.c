#include "cli/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"

const fm_option *cli_group_next(const cli_group *group, const fm_option *option) {
    const fm_option *next = option ? option + 1 : group->options;
    while (next->name && group->groups && !(next->groups & group->groups))
        next++;
    return next->name ? next : NULL;
}

int cli_option_error(int status, fm_error *error) {
    char name[64];
    if (status == FM_E_ARGUMENT) {
        snprintf(name, sizeof name, "%.60s", error->what);
        snprintf(error->what, sizeof error->what, "--%s", name);
    }
    return status;
}

typedef struct reader {
    cli_arguments *out;
    char *settings;
    const cli_group *groups;
    int argc;
    char **argv;
    int next; /* the argument to read next */
    fm_error *error;
} reader;

/* Finds an option by name[length], or by letter if name is NULL. *base is the struct of its offset.
 */
static const fm_option *find(void **base, const reader *r, const char *name, size_t length,
                             char letter) {
    for (const cli_group *g = r->groups; g->options; g++) {
        for (const fm_option *o = cli_group_next(g, NULL); o; o = cli_group_next(g, o)) {
            if (name ? strlen(o->name) == length && !memcmp(o->name, name, length)
                     : o->letter == letter) {
                *base = r->settings + g->base;
                return o;
            }
        }
    }
    return NULL;
}

static int unknown(const reader *r, const char *argument, size_t length) {
    const char *names[CLI_MAX_OPTIONS];
    size_t count = 0;
    for (const cli_group *g = r->groups; g->options; g++) {
        const fm_option *o = NULL;
        while ((o = cli_group_next(g, o)) && count < CLI_MAX_OPTIONS)
            names[count++] = o->name;
    }
    char name[64] = "";
    if (length > 2)
        snprintf(name, sizeof name, "%.*s", (int)(length - 2 < 63 ? length - 2 : 63), argument + 2);
    char what[256];
    snprintf(what, sizeof what, "%.*s", (int)(length < 255 ? length : 255), argument);
    fm_error_set(r->error, FM_E_ARGUMENT, what, "no such option");
    const char *near = fm_nearest(name, names, count);
    if (near)
        fm_error_hint(r->error, "did you mean --%s?", near);
    return FM_E_ARGUMENT;
}

static int apply(reader *r, void *base, const fm_option *option, const char *text) {
    int status = fm_option_parse(base, option, text, r->error);
    if (status)
        return cli_option_error(status, r->error);
    if (option->kind == FM_OPTION_HELP)
        r->out->help = 1;
    if (r->out->given_count < CLI_MAX_OPTIONS && !cli_options_given(r->out, option->name))
        r->out->given[r->out->given_count++] = option;
    return FM_OK;
}

static int missing(const reader *r, const fm_option *option) {
    char what[64];
    snprintf(what, sizeof what, "--%s", option->name);
    return fm_error_set(r->error, FM_E_ARGUMENT, what, "needs %s", option->argument);
}

static int read_long(reader *r, const char *argument) {
    size_t length = strcspn(argument, "=");
    const char *text = argument[length] == '=' ? argument + length + 1 : NULL;
    void *base = NULL;
    const fm_option *option = find(&base, r, argument + 2, length - 2, 0);
    if (!option)
        return unknown(r, argument, length);
    if (text && !option->argument) {
        char what[64];
        snprintf(what, sizeof what, "--%s", option->name);
        return fm_error_set(r->error, FM_E_ARGUMENT, what, "takes no argument");
    }
    const int numeric = r->next < r->argc && strspn(r->argv[r->next], "0123456789") > 0;
    if (!text && option->omitted && !numeric)
        text = option->omitted;
    if (!text && option->argument) {
        if (r->next == r->argc)
            return missing(r, option);
        text = r->argv[r->next++];
    }
    return apply(r, base, option, text);
}

/* -q, -qv, -oFILE, -o FILE */
static int read_short(reader *r, const char *argument) {
    for (const char *letter = argument + 1; *letter && !r->out->help; letter++) {
        void *base = NULL;
        const fm_option *option = find(&base, r, NULL, 0, *letter);
        if (!option) {
            char what[3] = {'-', *letter, '\0'};
            return unknown(r, what, 2);
        }
        const char *text = NULL;
        if (option->argument) {
            if (!letter[1] && r->next == r->argc)
                return missing(r, option);
            text = letter[1] ? letter + 1 : r->argv[r->next++];
        }
        int status = apply(r, base, option, text);
        if (status || text)
            return status;
    }
    return FM_OK;
}

static int store_defaults(const reader *r) {
    int status = FM_OK;
    for (const cli_group *g = r->groups; g->options; g++) {
        const fm_option *o = NULL;
        while (!status && (o = cli_group_next(g, o)))
            status = fm_option_reset(r->settings + g->base, o, r->error);
    }
    return status;
}

int cli_options_parse(cli_arguments *out, void *settings, const cli_group *groups, int argc,
                      char **argv, fm_error *error) {
    *out = (cli_arguments){.operands = argv};
    fm_error unused;
    reader r = {out, settings, groups, argc, argv, 0, error ? error : &unused};
    int status = store_defaults(&r);
    int options_end = 0;
    while (!status && r.next < argc && !out->help) {
        char *argument = argv[r.next++];
        if (options_end || argument[0] != '-' || !argument[1])
            argv[out->operand_count++] = argument;
        else if (!strcmp(argument, "--"))
            options_end = 1;
        else
            status = argument[1] == '-' ? read_long(&r, argument) : read_short(&r, argument);
    }
    return status;
}

int cli_options_given(const cli_arguments *arguments, const char *name) {
    for (size_t i = 0; i < arguments->given_count; i++) {
        if (!strcmp(arguments->given[i]->name, name))
            return 1;
    }
    return 0;
}
