/* report.html: a training as a page to read and to keep. */
#ifndef FMNIST_CL_RUN_REPORT_H
#define FMNIST_CL_RUN_REPORT_H

#include <stddef.h>

#include "fmnist_cl/architecture.h"
#include "fmnist_cl/dataset.h"
#include "fmnist_cl/device.h"
#include "fmnist_cl/evaluation.h"
#include "fmnist_cl/run_folder.h"
#include "fmnist_cl/trainer.h"

/* All that the page tells. */
typedef struct fm_run_report {
    const fm_train_options *options;
    const fm_architecture *architecture;
    const fm_device_info *device;
    enum fm_gemm gemm;
    const char *init; /* the file that the weights came from; NULL: drawn at random */
    const char *data; /* the data set's folder as the user named it; NULL: it was found */
    const fm_dataset *dataset;
    const fm_epoch *epochs; /* [epoch_count] */
    size_t epoch_count;
    const fm_metrics *metrics;
    const fm_evaluation *test; /* of the test set, at the end */
} fm_run_report;

/* Writes report.html into a run's folder, whole or not at all: one file that needs nothing else.
 * Its plots are drawn by gnuplot; where there is none, the page says so. FM_E_FILE or FM_E_MEMORY.
 */
int fm_run_report_write(const char *folder, const fm_run_report *report, fm_error *error);

#endif
