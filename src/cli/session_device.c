/* Opens a device with its tuned parameters. */
#include <stdio.h>

#include "cli/cache.h"
#include "cli/message.h"
#include "cli/session.h"
#include "fmnist_cl/tune.h"

enum { PATH_SIZE = 4096 };

/* The stored tuning for the workload; NULL if there is none. Warns if it cannot be read. */
static const fm_tuned *look_up(fm_tuning *tuning, const fm_device_info *info,
                               const cli_workload *workload) {
    char folder[PATH_SIZE];
    fm_error error = {0};
    const char *cache = cli_cache_folder(folder, sizeof folder);
    if (!cache)
        return NULL;
    if (fm_tuning_read(tuning, cache, info, &error)) {
        cli_warning("%s: %s; the tuning is ignored", error.what, error.why);
        return NULL;
    }
    return fm_tuning_find(tuning, workload->architecture, workload->batch_size);
}

static void print_kernels(const fm_device *device, const fm_tuned *entry) {
    const fm_device_kernels kernels = fm_device_get_kernels(device);
    if (kernels.products == FM_GEMM_CLBLAST)
        cli_note("matrix products: CLBlast");
    else if (kernels.chosen && entry)
        cli_note("tuning parameters: tuned for %s, batches of %zu", entry->network,
                 entry->batch_size);
    else if (kernels.choices)
        cli_note("tuning parameters: defaults");
}

int cli_device_open(fm_device **out, const fm_device_list *list, const fm_device_info *info,
                    enum fm_gemm gemm, const cli_workload *workload, const cli_common *common,
                    fm_error *error) {
    fm_tuning tuning;
    const fm_tuned *entry = NULL;
    fm_error refused = {0};
    if (workload && info->type != FM_DEVICE_REFERENCE && gemm != FM_GEMM_CLBLAST)
        entry = look_up(&tuning, info, workload);
    const fm_device_setup tuned = {.gemm = gemm == FM_GEMM_AUTO ? fm_tuned_products(entry) : gemm,
                                   .choices = entry ? &entry->choices : NULL};
    int status = entry ? fm_device_open_as(out, list, info->number, &tuned, &refused)
                       : fm_device_open(out, list, info->number, gemm, error);
    if (entry && status) {
        cli_warning("%s: %s; the tuning is ignored", refused.what, refused.why);
        status = fm_device_open(out, list, info->number, gemm, error);
    }
    if (!status && common->verbosity > 0)
        print_kernels(*out, entry);
    return status;
}
