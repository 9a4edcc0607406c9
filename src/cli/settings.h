/* The options that are training settings, and how those in force follow from them. */
#ifndef FM_CLI_SETTINGS_H
#define FM_CLI_SETTINGS_H

#include "cli/options.h"
#include "settings/settings.h"

/* A group of options: for an fm_settings at a place in the command's settings, the rows of some
 * groups (enum fm_settings_group). */
#define CLI_SETTINGS_GROUP(heading, place, groups)                                                 \
    { heading, fm_settings_table, place, groups }

/* Puts what was given on the command line into *settings; the rest stays as it is. seed is what
 * --seed says. FM_E_ARGUMENT when options contradict each other. */
int cli_settings_apply(fm_settings *settings, const fm_settings *given, uint64_t seed,
                       const cli_arguments *arguments, fm_error *error);

/* The same of the network alone, for commands that have no other settings. */
int cli_settings_network(fm_architecture *out, const fm_settings *given,
                         const cli_arguments *arguments, fm_error *error);

/* Warns of options that network and optimizer make no use of. */
void cli_settings_warn_unused(const fm_settings *settings, const cli_arguments *arguments);

#endif
