/* The table of train --profile. */
#ifndef FM_CLI_PROFILE_H
#define FM_CLI_PROFILE_H

#include "fmnist_cl/device.h"

/* Of a training on the device that began when cli_profile_start was called. */
typedef struct cli_profile {
    double began, began_cpu;
    double peak; /* FLOP a second */
} cli_profile;

/* FM_E_ARGUMENT on the reference, FM_E_OPENCL, FM_E_MEMORY. */
int cli_profile_start(cli_profile *profile, fm_device *device, fm_error *error);
/* Prints to stderr: stdout is the training's result. */
int cli_profile_print(const cli_profile *profile, fm_device *device, fm_error *error);

#endif
