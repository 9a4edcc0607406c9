/* The table of training settings, one row per setting. It defines defaults, ranges, command line,
 * help, config.json and --config, the check of a resumed run, reports, the command that repeats a
 * run, and experiments. */
#ifndef FM_SETTINGS_SETTINGS_H
#define FM_SETTINGS_SETTINGS_H

#include "fmnist_cl/settings.h"
#include "settings/option.h"

/* Groups of rows. A command takes some groups as its options. A row may be in several groups or in
 * none: the seed is an option of every command. */
enum fm_settings_group {
    FM_SETTINGS_NETWORK = 1, /* all rows except the widths need hidden layers */
    FM_SETTINGS_TRAINING = 2,
    FM_SETTINGS_LOSS = 4,
    FM_SETTINGS_SPLIT = 8, /* how the training file is divided */
};

/* Offsets refer to fm_settings. A row without a name ends the table. */
extern const fm_option fm_settings_table[];

/* Finds a row by name; NULL if there is none. */
const fm_option *fm_settings_find(const char *name);

/* Whether the setting needs hidden layers and the network has none. */
int fm_settings_lacks_layers(const fm_settings *settings, const fm_option *row);
/* Whether the network and the optimizer use the setting. */
int fm_settings_uses(const fm_settings *settings, const fm_option *row);

/* FM_E_ARGUMENT if the hidden layers or the activation are out of range. */
int fm_settings_check_network(const fm_architecture *architecture, fm_error *error);

#endif
