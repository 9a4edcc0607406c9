/* The settings of a training: everything that determines its result, except data and device. */
#ifndef FMNIST_CL_SETTINGS_H
#define FMNIST_CL_SETTINGS_H

#include "fmnist_cl/architecture.h"
#include "fmnist_cl/decls.h"
#include "fmnist_cl/trainer.h"

FM_BEGIN_DECLS

typedef struct fm_settings {
    fm_architecture architecture;
    fm_train_options options; /* the seed also determines the initial weights */
} fm_settings;

/* The defaults: 784 inputs, two hidden layers of 256 with ReLU, 10 outputs, and the options of
 * fm_train_options_init. */
void fm_settings_init(fm_settings *out);

/* FM_E_ARGUMENT if a setting is out of range or contradicts another; error->what is its name on the
 * command line, such as "batch-size". fm_train_options_check also checks that there are enough
 * images. */
int fm_settings_check(const fm_settings *settings, fm_error *error);

FM_END_DECLS

#endif
