/* What most commands work with: a device made ready and the data set. */
#ifndef FM_CLI_SESSION_H
#define FM_CLI_SESSION_H

#include "cli/command.h"
#include "fmnist_cl/architecture.h"
#include "fmnist_cl/dataset.h"
#include "fmnist_cl/device.h"

typedef struct cli_session {
    fm_device *device;
    fm_dataset *dataset;
} cli_session;

/* What is to be trained, for which a device may have been tuned. */
typedef struct cli_workload {
    const fm_architecture *architecture;
    size_t batch_size;
} cli_workload;

/* Opens a device of the list: for a workload, unless NULL, as tuning found it best for that. With
 * auto the products are those that were measured to be faster. A tuning that cannot be used is told
 * of in a warning, and the device opened as if there were none. */
int cli_device_open(fm_device **out, const fm_device_list *list, const fm_device_info *info,
                    enum fm_gemm gemm, const cli_workload *workload, const cli_common *common,
                    fm_error *error);

/* Finds and opens the device and reads the data set, both at the same time: each takes a good part
 * of a second. Nothing is left open when it fails. Close with cli_session_close. */
int cli_session_open(cli_session *out, const cli_common *common, enum fm_gemm gemm,
                     const cli_workload *workload, fm_error *error);
/* The device alone. */
int cli_session_open_device(cli_session *out, const cli_common *common, enum fm_gemm gemm,
                            fm_error *error);
void cli_session_close(cli_session *session);

/* The data set alone; free with fm_dataset_free. */
int cli_dataset_load(fm_dataset **out, const cli_common *common, fm_error *error);

/* The device that the options ask for; with -v, or when there is none, says what is wrong with the
 * others. */
int cli_device_choose(const fm_device_info **out, const fm_device_list *list,
                      const cli_common *common, fm_error *error);

#endif
