/* The settings of a training: all that decides how it goes, apart from data and device. */
#ifndef FMNIST_CL_SETTINGS_H
#define FMNIST_CL_SETTINGS_H

#include "fmnist_cl/architecture.h"
#include "fmnist_cl/trainer.h"

typedef struct fm_settings {
    fm_architecture architecture;
    fm_train_options options; /* the seed draws the initial weights as well */
} fm_settings;

/* The defaults: 784 inputs, two hidden layers of 256 with ReLU, 10 outputs, and the options of
 * fm_train_options_init. */
void fm_settings_init(fm_settings *out);

/* FM_E_ARGUMENT when a setting is out of its range or contradicts another; error->what is its name
 * on the command line, "batch-size". Whether there are images enough, fm_train_options_check says.
 */
int fm_settings_check(const fm_settings *settings, fm_error *error);

#endif
