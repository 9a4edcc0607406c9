/* A command's options as a table: one row says how an option is written, read, checked and
 * explained. The table gives the defaults, the parser and `COMMAND --help`, so that they agree. */
#ifndef FM_CLI_OPTIONS_H
#define FM_CLI_OPTIONS_H

#include <stddef.h>
#include <stdint.h>

#include "fmnist_cl/error.h"

enum cli_kind {
    CLI_HELP,     /* asks for the help text */
    CLI_FLAG,     /* int: takes no argument, stores `value` */
    CLI_SIZE,     /* size_t: a whole number in [low, high] */
    CLI_UNSIGNED, /* uint64_t: any */
    CLI_REAL,     /* double in [low, high], without the ends where low_open or high_open */
    CLI_TEXT,     /* const char *: not empty */
    CLI_PARSED,   /* what `parse` makes of it */
};

typedef struct cli_option {
    const char *name; /* without its dashes; NULL ends a table */
    enum cli_kind kind;
    char letter;          /* -q; 0 for none */
    const char *argument; /* its name in the help: "N"; NULL when there is none */
    const char *standard; /* the default, read like an argument; NULL: left as it is */
    const char *help;
    size_t offset; /* of the value, from the group's base on */
    int value;
    double low, high;
    int low_open, high_open;
    /* Records in error->why what is wrong with the text; error->what is replaced. */
    int (*parse)(void *value, const char *text, fm_error *error);
} cli_option;

/* Options that stand together in the help, and whose values stand together in the settings. */
typedef struct cli_group {
    const char *heading;
    const cli_option *options; /* NULL ends an array of groups */
    size_t base;               /* where in the command's settings their values begin */
} cli_group;

enum { CLI_MAX_OPTIONS = 64 };

/* What the arguments were, beside what they set. */
typedef struct cli_arguments {
    int help; /* --help was given; nothing after it was looked at */
    char **operands;
    int operand_count;
    const cli_option *given[CLI_MAX_OPTIONS];
    size_t given_count;
    const char *line; /* the whole command, to be typed again */
} cli_arguments;

/* Stores the defaults of the groups into settings, then reads argv[0] to argv[argc - 1]. Options
 * and operands may be mixed; "--" ends the options; names are not abbreviated, so that a new option
 * breaks no script. Moves the operands to the front of argv. FM_E_ARGUMENT. */
int cli_options_parse(cli_arguments *out, void *settings, const cli_group *groups, int argc,
                      char **argv, fm_error *error);

/* Whether the user wrote this option. */
int cli_options_given(const cli_arguments *arguments, const char *name);

#endif
