/* Options that are training settings. */
#ifndef FM_CLI_SETTINGS_H
#define FM_CLI_SETTINGS_H

#include "cli/options.h"
#include "settings/settings.h"

/* A group of options: the settings of some groups (enum fm_settings_group). `place` is the offset
 * of the fm_settings that holds their values. */
#define CLI_SETTINGS_GROUP(heading, place, groups)                                                 \
    { heading, fm_settings_table, place, groups }

/* Copies the settings that were given on the command line to *settings, and leaves the others
 * unchanged. seed is the value of --seed. FM_E_ARGUMENT if options contradict each other. */
int cli_settings_apply(fm_settings *settings, const fm_settings *given, uint64_t seed,
                       const cli_arguments *arguments, fm_error *error);

/* The same for the network only, for commands without other settings. */
int cli_settings_network(fm_architecture *out, const fm_settings *given,
                         const cli_arguments *arguments, fm_error *error);

/* Warns of settings, given or varied by an experiment, that this network or optimizer does not use.
 * varied: a name, or NULL. */
void cli_settings_warn_unused(const fm_settings *settings, const cli_arguments *arguments,
                              const char *varied);

#endif
