/* Checks a device before a training. */
#ifndef FM_CLI_DEVICE_CHECK_H
#define FM_CLI_DEVICE_CHECK_H

#include "cli/command.h"
#include "fmnist_cl/device_check.h"

/* Runs the short check, unless a record says that the device passed it. FM_E_WRONG, with a hint. */
int cli_device_check(fm_device *device, enum fm_activation activation, const cli_common *common,
                     fm_error *error);

/* The option of commands that check a device; the value is an int. */
#define CLI_NO_CHECK_OPTION(place)                                                                 \
    {                                                                                              \
        "no-check", FM_OPTION_FLAG, 0, NULL, NULL,                                                 \
            "skip the check that the device computes correctly [checked once per device]",         \
            .offset = (place), .value = 1                                                          \
    }

#endif
