/* A command's options as tables of rows (settings/option.h), which give the defaults, the parser
 * and `COMMAND --help`. */
#ifndef FM_CLI_OPTIONS_H
#define FM_CLI_OPTIONS_H

#include <stddef.h>

#include "settings/option.h"

/* Options that stand together in the help, and whose values stand together in the settings. */
typedef struct cli_group {
    const char *heading;
    const fm_option *options; /* NULL ends an array of groups */
    size_t base; /* where in the command's settings the struct is that their offsets count from */
    unsigned groups; /* of a table of settings, the rows of these groups alone */
} cli_group;

/* The option that follows in the group, the first after NULL; NULL after the last. */
const fm_option *cli_group_next(const cli_group *group, const fm_option *option);

enum { CLI_MAX_OPTIONS = 64 };

/* What the arguments were, beside what they set. */
typedef struct cli_arguments {
    int help; /* --help was given; nothing after it was looked at */
    char **operands;
    int operand_count;
    const fm_option *given[CLI_MAX_OPTIONS];
    size_t given_count;
    const char *line; /* the whole command, to be typed again */
} cli_arguments;

/* Stores the defaults of the groups into settings, then reads argv[0] to argv[argc - 1]. Options
 * and operands may be mixed; "--" ends the options; names are not abbreviated, so that a new option
 * breaks no script. Moves the operands to the front of argv. FM_E_ARGUMENT. */
int cli_options_parse(cli_arguments *out, void *settings, const cli_group *groups, int argc,
                      char **argv, fm_error *error);

/* The library speaks of "batch-size"; here that is an option. Returns status. */
int cli_option_error(int status, fm_error *error);

/* Whether the user wrote this option. */
int cli_options_given(const cli_arguments *arguments, const char *name);

#endif
