/* The options in a command's help. */
#ifndef FM_CLI_HELP_H
#define FM_CLI_HELP_H

#include <stdio.h>

#include "cli/options.h"

/* Prints each group's heading and its options with their defaults. */
void cli_options_help(FILE *out, const cli_group *groups);

#endif
