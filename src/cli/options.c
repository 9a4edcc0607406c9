#include "cli/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "cli/nearest.h"

/* ---- One value ---- */

static int store_size(void *value, const cli_option *option, const char *text, fm_error *error) {
    uint64_t number;
    int below;
    int status = fm_number_whole(&number, &below, text, error);
    if (status)
        return status;
    if (below || (double)number < option->low)
        return fm_error_set(error, FM_E_ARGUMENT, "", "%s is below %.0f", text, option->low);
    if ((double)number > option->high || number > SIZE_MAX)
        return fm_error_set(error, FM_E_ARGUMENT, "", "%s is above %.0f", text, option->high);
    *(size_t *)value = (size_t)number;
    return FM_OK;
}

static int store_unsigned(void *value, const char *text, fm_error *error) {
    uint64_t number;
    int below;
    int status = fm_number_whole(&number, &below, text, error);
    if (status)
        return status;
    if (below)
        return fm_error_set(error, FM_E_ARGUMENT, "", "%s is below 0", text);
    *(uint64_t *)value = number;
    return FM_OK;
}

static int store_real(void *value, const cli_option *option, const char *text, fm_error *error) {
    double number;
    int status = fm_number_real(&number, text, error);
    if (status)
        return status;
    if (option->low_open ? number <= option->low : number < option->low)
        return fm_error_set(error, FM_E_ARGUMENT, "", "%s is %s %g", text,
                            option->low_open ? "not above" : "below", option->low);
    if (option->high_open ? number >= option->high : number > option->high)
        return fm_error_set(error, FM_E_ARGUMENT, "", "%s is %s %g", text,
                            option->high_open ? "not below" : "above", option->high);
    *(double *)value = number;
    return FM_OK;
}

/* text is NULL for an option without an argument. */
static int store(void *value, const cli_option *option, const char *text, fm_error *error) {
    switch (option->kind) {
    case CLI_HELP:
        return FM_OK;
    case CLI_FLAG:
        *(int *)value = option->value;
        return FM_OK;
    case CLI_SIZE:
        return store_size(value, option, text, error);
    case CLI_UNSIGNED:
        return store_unsigned(value, text, error);
    case CLI_REAL:
        return store_real(value, option, text, error);
    case CLI_TEXT:
        if (!text || text[0] == '\0')
            return fm_error_set(error, FM_E_ARGUMENT, "", "is empty");
        *(const char **)value = text;
        return FM_OK;
    case CLI_PARSED:
        return option->parse(value, text, error);
    }
    return FM_OK;
}

/* ---- The arguments ---- */

typedef struct reader {
    cli_arguments *out;
    char *settings;
    const cli_group *groups;
    int argc;
    char **argv;
    int next; /* the argument to read next */
    fm_error *error;
} reader;

/* By name, of which only the first length bytes count; or by letter when name is NULL. *value is
 * where its value goes. */
static const cli_option *find(void **value, const reader *r, const char *name, size_t length,
                              char letter) {
    for (const cli_group *g = r->groups; g->options; g++) {
        for (const cli_option *o = g->options; o->name; o++) {
            if (name ? strlen(o->name) == length && !memcmp(o->name, name, length)
                     : o->letter == letter) {
                *value = r->settings + g->base + o->offset;
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
        for (const cli_option *o = g->options; o->name && count < CLI_MAX_OPTIONS; o++)
            names[count++] = o->name;
    }
    char name[64] = "";
    if (length > 2)
        snprintf(name, sizeof name, "%.*s", (int)(length - 2 < 63 ? length - 2 : 63), argument + 2);
    char what[256];
    snprintf(what, sizeof what, "%.*s", (int)(length < 255 ? length : 255), argument);
    fm_error_set(r->error, FM_E_ARGUMENT, what, "no such option");
    const char *near = cli_nearest(name, names, count);
    if (near)
        fm_error_hint(r->error, "did you mean --%s?", near);
    return FM_E_ARGUMENT;
}

static int apply(reader *r, void *value, const cli_option *option, const char *text) {
    int status = store(value, option, text, r->error);
    if (status) {
        /* What is wrong is known below; which option it is, only here. */
        snprintf(r->error->what, sizeof r->error->what, "--%s", option->name);
        return status;
    }
    if (option->kind == CLI_HELP)
        r->out->help = 1;
    if (r->out->given_count < CLI_MAX_OPTIONS && !cli_options_given(r->out, option->name))
        r->out->given[r->out->given_count++] = option;
    return FM_OK;
}

static int missing(const reader *r, const cli_option *option) {
    char what[64];
    snprintf(what, sizeof what, "--%s", option->name);
    return fm_error_set(r->error, FM_E_ARGUMENT, what, "needs %s", option->argument);
}

static int read_long(reader *r, const char *argument) {
    size_t length = strcspn(argument, "=");
    const char *text = argument[length] == '=' ? argument + length + 1 : NULL;
    void *value = NULL;
    const cli_option *option = find(&value, r, argument + 2, length - 2, 0);
    if (!option)
        return unknown(r, argument, length);
    if (text && !option->argument) {
        char what[64];
        snprintf(what, sizeof what, "--%s", option->name);
        return fm_error_set(r->error, FM_E_ARGUMENT, what, "takes no argument");
    }
    if (!text && option->argument) {
        if (r->next == r->argc)
            return missing(r, option);
        text = r->argv[r->next++];
    }
    return apply(r, value, option, text);
}

/* -q, -qv, -oFILE, -o FILE */
static int read_short(reader *r, const char *argument) {
    for (const char *letter = argument + 1; *letter && !r->out->help; letter++) {
        void *value = NULL;
        const cli_option *option = find(&value, r, NULL, 0, *letter);
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
        int status = apply(r, value, option, text);
        if (status || text)
            return status;
    }
    return FM_OK;
}

static int store_defaults(const reader *r) {
    for (const cli_group *g = r->groups; g->options; g++) {
        for (const cli_option *o = g->options; o->name; o++) {
            int status = o->standard
                             ? store(r->settings + g->base + o->offset, o, o->standard, r->error)
                             : FM_OK;
            if (status)
                return status;
        }
    }
    return FM_OK;
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
