/* The device and the data set that most commands work with. */
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

/* The training for which tuned parameters are looked up. */
typedef struct cli_workload {
    const fm_architecture *architecture;
    size_t batch_size;
} cli_workload;

/* Opens a device of the list, with the tuned parameters for the workload unless it is NULL.
 * FM_GEMM_AUTO selects the matrix-product back end that was faster in tuning. If the tuning is
 * unusable, prints a warning and uses the defaults. */
int cli_device_open(fm_device **out, const fm_device_list *list, const fm_device_info *info,
                    enum fm_gemm gemm, const cli_workload *workload, const cli_common *common,
                    fm_error *error);

/* Opens the device and reads the data set in parallel, as each takes a good part of a second. On
 * failure nothing stays open. Close with cli_session_close. */
int cli_session_open(cli_session *out, const cli_common *common, enum fm_gemm gemm,
                     const cli_workload *workload, fm_error *error);
/* Opens the device only. */
int cli_session_open_device(cli_session *out, const cli_common *common, enum fm_gemm gemm,
                            fm_error *error);
void cli_session_close(cli_session *session);

/* Loads the data set only; free with fm_dataset_free. */
int cli_dataset_load(fm_dataset **out, const cli_common *common, fm_error *error);

/* Chooses the device that the options ask for. With -v, or if there is none, prints the problems of
 * the others. */
int cli_device_choose(const fm_device_info **out, const fm_device_list *list,
                      const cli_common *common, fm_error *error);

#endif
