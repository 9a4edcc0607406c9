/* Writes report.html, a page about one training. */
#ifndef FMNIST_CL_RUN_REPORT_H
#define FMNIST_CL_RUN_REPORT_H

#include <stddef.h>

#include "fmnist_cl/architecture.h"
#include "fmnist_cl/dataset.h"
#include "fmnist_cl/decls.h"
#include "fmnist_cl/device.h"
#include "fmnist_cl/evaluation.h"
#include "fmnist_cl/run_folder.h"
#include "fmnist_cl/trainer.h"

FM_BEGIN_DECLS

/* The content of the page. */
typedef struct fm_run_report {
    const fm_train_options *options;
    const fm_architecture *architecture;
    const fm_device_info *device;
    enum fm_gemm gemm;
    const char *init; /* file of the initial weights; NULL: random initialization */
    const char *data; /* the data set's folder as the user named it; NULL: found automatically */
    const fm_dataset *dataset;
    const fm_epoch *epochs; /* [epoch_count] */
    size_t epoch_count;
    const fm_metrics *metrics;
    const fm_evaluation *test; /* on the test set, after the training; NULL: not tested */
} fm_run_report;

/* Writes report.html to a run folder, atomically. The page needs no other files. gnuplot draws the
 * plots; without gnuplot, the page says so. FM_E_FILE or FM_E_MEMORY. */
int fm_run_report_write(const char *folder, const fm_run_report *report, fm_error *error);

FM_END_DECLS

#endif
