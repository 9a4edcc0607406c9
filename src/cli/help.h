/* The part of a command's help that its options make up. */
#ifndef FM_CLI_HELP_H
#define FM_CLI_HELP_H

#include <stdio.h>

#include "cli/options.h"

/* Each group's heading, then a line or more for each of its options, with its default. */
void cli_options_help(FILE *out, const cli_group *groups);

#endif
