/* The table of training settings: one row each. Command line, help, config.json and --config,
 * the check of a resumed run, reports, the command that repeats a run, experiments, defaults and
 * ranges follow from it. */
#ifndef FM_SETTINGS_SETTINGS_H
#define FM_SETTINGS_SETTINGS_H

#include "fmnist_cl/settings.h"
#include "settings/option.h"

/* Groups of rows, of which a command takes some as its options. A row may be in several, or in
 * none: the seed is an option of every command. */
enum fm_settings_group {
    FM_SETTINGS_NETWORK = 1, /* of these, all but the widths are about the hidden layers */
    FM_SETTINGS_TRAINING = 2,
    FM_SETTINGS_LOSS = 4,
    FM_SETTINGS_SPLIT = 8, /* how the training file is divided */
};

/* Offsets count from an fm_settings. Ended by a row without a name. */
extern const fm_option fm_settings_table[];

/* NULL when there is none of that name. */
const fm_option *fm_settings_find(const char *name);

/* Whether the setting is one of hidden layers, and there are none. */
int fm_settings_lacks_layers(const fm_settings *settings, const fm_option *row);
/* Whether the network and the optimizer in force make use of the setting. */
int fm_settings_uses(const fm_settings *settings, const fm_option *row);

/* FM_E_ARGUMENT when the network's hidden layers or activation are out of their ranges. */
int fm_settings_check_network(const fm_architecture *architecture, fm_error *error);

#endif
