/* The check of a device before it trains. */
#ifndef FM_CLI_DEVICE_CHECK_H
#define FM_CLI_DEVICE_CHECK_H

#include "cli/command.h"
#include "fmnist_cl/device_check.h"

/* The short check, unless this device is remembered to have passed it. FM_E_WRONG, with what to do
 * about it: --no-check among it. */
int cli_device_check(fm_device *device, enum fm_activation activation, const cli_common *common,
                     fm_error *error);

/* Of commands that have it: into an int. */
#define CLI_NO_CHECK_OPTION(place)                                                                 \
    {                                                                                              \
        "no-check", FM_OPTION_FLAG, 0, NULL, NULL,                                                 \
            "do not check first that the device computes right [checked, once for each device]",   \
            .offset = (place), .value = 1                                                          \
    }

#endif
