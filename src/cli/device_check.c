#include "cli/device_check.h"

#include "base/clock.h"
#include "cli/cache.h"
#include "cli/message.h"

enum { PATH_SIZE = 4096 };

int cli_device_check(fm_device *device, enum fm_activation activation, const cli_common *common,
                     fm_error *error) {
    char folder[PATH_SIZE];
    int remembered;
    const double began = fm_clock_seconds();
    int status = fm_device_check_short(&remembered, device, activation,
                                       cli_cache_folder(folder, sizeof folder), error);
    if (!status && common->verbosity > 0 && remembered)
        cli_note("the device passed an earlier check");
    else if (!status && common->verbosity > 0)
        cli_note("the device passed the check in %.3f s", fm_clock_seconds() - began);
    if (status == FM_E_WRONG)
        fm_error_hint(error,
                      "update the driver, or use another device, such as --device reference; "
                      "--no-check trains without the check");
    return status;
}
