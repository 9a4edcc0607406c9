/* The table of train --profile. */
#ifndef FM_CLI_PROFILE_H
#define FM_CLI_PROFILE_H

#include "fmnist_cl/device.h"

/* The profile of a training, since cli_profile_start. */
typedef struct cli_profile {
    double began, began_cpu;
    double peak; /* FLOP per second */
} cli_profile;

/* FM_E_ARGUMENT on the reference, FM_E_OPENCL, FM_E_MEMORY. */
int cli_profile_start(cli_profile *profile, fm_device *device, fm_error *error);
/* Prints the table to stderr, because stdout is for the training's result. */
int cli_profile_print(const cli_profile *profile, fm_device *device, fm_error *error);

#endif
