/* Writes report.html for an experiment and for a study. A page needs no other files. gnuplot draws
 * the plots; without gnuplot, the page says so. */
#ifndef FMNIST_CL_STUDY_REPORT_H
#define FMNIST_CL_STUDY_REPORT_H

#include "fmnist_cl/dataset.h"
#include "fmnist_cl/decls.h"
#include "fmnist_cl/device.h"
#include "fmnist_cl/study.h"

FM_BEGIN_DECLS

/* How the results were obtained. */
typedef struct fm_report_basis {
    const fm_dataset *dataset;
    const fm_device_info *device;
    enum fm_gemm gemm;
    const char *command; /* the command line that repeats the study */
} fm_report_basis;

/* Writes report.html to the experiment's folder, atomically. FM_E_FILE, FM_E_MEMORY. */
int fm_experiment_report_write(const fm_experiment *experiment, const fm_conclusion *conclusion,
                               const fm_report_basis *basis, fm_error *error);

/* Writes report.html, samples.png and mistakes.png to the study's folder. The page shows every
 * experiment, the final run with its confusion matrix and worst mistakes, and a comparison with the
 * author's results. Trains the final run's first network again if its weights were not kept. Errors
 * as in fm_study_final_weights; FM_E_FILE, FM_E_MEMORY. */
int fm_study_report_write(const fm_study *study, fm_pool *pool, const fm_report_basis *basis,
                          fm_error *error);

FM_END_DECLS

#endif
