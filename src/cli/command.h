/* A command of the program: its name, arguments, options and function. */
#ifndef FM_CLI_COMMAND_H
#define FM_CLI_COMMAND_H

#include <stdio.h>

#include "cli/options.h"

typedef struct cli_command {
    const char *name;
    const char *operands;    /* in the usage line: "CHECKPOINT"; "" for none */
    int operand_count;       /* the minimum number */
    int more_operands;       /* whether more may follow */
    const char *summary;     /* one line, in the list of commands */
    const char *about;       /* more lines of its help */
    void (*list)(FILE *out); /* prints lines generated from a table, after `about`; or NULL */
    const cli_group *groups;
    size_t settings_size; /* of a struct whose first member is a cli_common */
    /* `settings` contains the options' values; zero where there is no default. Returns a status. */
    int (*run)(void *settings, const cli_arguments *arguments, fm_error *error);
} cli_command;

extern const cli_command cli_bench;
extern const cli_command cli_devices;
extern const cli_command cli_eval;
extern const cli_command cli_explore;
extern const cli_command cli_export;
extern const cli_command cli_predict;
extern const cli_command cli_show;
extern const cli_command cli_study;
extern const cli_command cli_train;
extern const cli_command cli_tune;

/* The options of every command. */
typedef struct cli_common {
    const char *device; /* NULL: the default device */
    const char *data;   /* NULL: search the usual folders */
    uint64_t seed;
    int verbosity; /* -1 quiet, 0, 1 verbose */
    int json;
    double started; /* when the program began, in fm_clock_seconds */
} cli_common;

extern const fm_option cli_common_options[];
/* The last group of every command. */
#define CLI_COMMON_GROUP                                                                           \
    { "Options of every command", cli_common_options, 0, 0 }

#endif
