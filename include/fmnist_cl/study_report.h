/* report.html of an experiment and of a study: pages to read and to keep, each one file that needs
 * nothing else. Plots are drawn by gnuplot; where there is none, the page says so. */
#ifndef FMNIST_CL_STUDY_REPORT_H
#define FMNIST_CL_STUDY_REPORT_H

#include "fmnist_cl/dataset.h"
#include "fmnist_cl/device.h"
#include "fmnist_cl/study.h"

/* What a result rests on. */
typedef struct fm_report_basis {
    const fm_dataset *dataset;
    const fm_device_info *device;
    enum fm_gemm gemm;
    const char *command; /* as it was given, to repeat it */
} fm_report_basis;

/* Writes report.html into the experiment's folder, whole or not at all. FM_E_FILE, FM_E_MEMORY. */
int fm_experiment_report_write(const fm_experiment *experiment, const fm_conclusion *conclusion,
                               const fm_report_basis *basis, fm_error *error);

/* Writes report.html into the study's folder: every experiment, the final run with its confusion
 * matrix and worst mistakes, and what the author found beside what was found here. Trains the final
 * run's first network again where its weights were not kept (fm_study_final_weights). Writes
 * samples.png and mistakes.png beside it. Errors as that, and FM_E_FILE, FM_E_MEMORY. */
int fm_study_report_write(const fm_study *study, fm_pool *pool, const fm_report_basis *basis,
                          fm_error *error);

#endif
