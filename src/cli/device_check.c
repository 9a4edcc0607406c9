#include "cli/device_check.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "cli/message.h"

enum { PATH_SIZE = 4096 };

/* A variable that is not empty; of XDG's folders only absolute ones count, its standard says. */
static const char *folder_in(const char *variable, int absolute) {
    const char *folder = getenv(variable);
    return folder && folder[0] && (!absolute || folder[0] == '/') ? folder : NULL;
}

const char *cli_cache_folder(char *out, size_t size) {
    const char *own = folder_in("FMNIST_CACHE", 0), *shared = folder_in("XDG_CACHE_HOME", 1);
    const char *home = folder_in("HOME", 1);
    int length = own      ? snprintf(out, size, "%s", own)
                 : shared ? snprintf(out, size, "%s/fmnist-cl", shared)
                 : home   ? snprintf(out, size, "%s/.cache/fmnist-cl", home)
                          : -1;
    return length > 0 && (size_t)length < size ? out : NULL;
}

int cli_device_check(fm_device *device, enum fm_gemm gemm, enum fm_activation activation,
                     const cli_common *common, fm_error *error) {
    char folder[PATH_SIZE];
    int remembered;
    const double began = fm_clock_seconds();
    int status = fm_device_check_short(&remembered, device, gemm, activation,
                                       cli_cache_folder(folder, sizeof folder), error);
    if (!status && common->verbosity > 0 && remembered)
        cli_note("the device was checked before");
    else if (!status && common->verbosity > 0)
        cli_note("the device computes right, checked in %.3f s", fm_clock_seconds() - began);
    if (status == FM_E_WRONG)
        fm_error_hint(error, "try another driver, or another --device: the reference is always "
                             "there; --no-check trains all the same");
    return status;
}
