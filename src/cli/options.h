/* A command's options as tables of rows (settings/option.h), which give the defaults, the parser
 * and `COMMAND --help`. */
#ifndef FM_CLI_OPTIONS_H
#define FM_CLI_OPTIONS_H

#include <stddef.h>

#include "settings/option.h"

/* Options under one heading in the help, whose values are in one struct. */
typedef struct cli_group {
    const char *heading;
    const fm_option *options; /* NULL ends an array of groups */
    size_t base;              /* offset of that struct in the command's settings */
    unsigned groups; /* for the table of settings: only the rows of these groups; 0: all rows */
} cli_group;

/* The next option of the group; NULL gives the first, and the last is followed by NULL. */
const fm_option *cli_group_next(const cli_group *group, const fm_option *option);

enum { CLI_MAX_OPTIONS = 64 };

/* The parsed arguments, apart from the values in the settings. */
typedef struct cli_arguments {
    int help; /* --help was given; later arguments are ignored */
    char **operands;
    int operand_count;
    const fm_option *given[CLI_MAX_OPTIONS];
    size_t given_count;
    const char *line; /* the whole command line, with shell quoting */
} cli_arguments;

/* Stores the defaults of the groups into settings, then reads argv[0] to argv[argc - 1]. Options
 * and operands may be mixed; "--" ends the options; names cannot be abbreviated, so that a new
 * option breaks no script. Moves the operands to the front of argv. FM_E_ARGUMENT. */
int cli_options_parse(cli_arguments *out, void *settings, const cli_group *groups, int argc,
                      char **argv, fm_error *error);

/* Turns the subject of a library error, "batch-size", into the option "--batch-size". Returns
 * status. */
int cli_option_error(int status, fm_error *error);

/* Whether the command line contains this option. */
int cli_options_given(const cli_arguments *arguments, const char *name);

#endif
