/* The folder in which a training leaves its settings, history, weights and summary. */
#ifndef FMNIST_CL_RUN_FOLDER_H
#define FMNIST_CL_RUN_FOLDER_H

#include "fmnist_cl/dataset.h"
#include "fmnist_cl/device.h"
#include "fmnist_cl/trainer.h"
#include "fmnist_cl/weights.h"

typedef struct fm_run_folder fm_run_folder;

/* Creates the folder (its parents too), or takes an existing one that holds no run.
 * path NULL: the first free of runs/NAME-1, runs/NAME-2 ... Free with fm_run_folder_free.
 * FM_E_FILE when it cannot be written, FM_E_ARGUMENT when it holds a run already. */
int fm_run_folder_create(fm_run_folder **out, const char *path, const char *name, fm_error *error);
void fm_run_folder_free(fm_run_folder *folder);
const char *fm_run_folder_path(const fm_run_folder *folder);

/* Each writes one file, whole or not at all. FM_E_FILE or FM_E_MEMORY. */
/* config.json: every option in force, program version, device and driver, the data files' sums. */
int fm_run_folder_write_config(fm_run_folder *folder, const fm_train_options *options,
                               const fm_architecture *architecture, const fm_device_info *device,
                               enum fm_gemm gemm, const char *init, const fm_dataset *dataset,
                               fm_error *error);
/* history.csv: the header and a row for every epoch so far, this one appended. */
int fm_run_folder_add_epoch(fm_run_folder *folder, const fm_epoch *epoch, fm_error *error);
int fm_run_folder_save_last(fm_run_folder *folder, const fm_weights *weights, fm_error *error);
int fm_run_folder_save_best(fm_run_folder *folder, const fm_weights *weights, fm_error *error);

/* Takes loss, val_fraction, shuffle and seed from the config.json in a folder, so that the same
 * split and loss can be used again. *found is 0, and the options stay as they are, when the folder
 * holds none of ours. FM_E_FORMAT when it is ours and damaged. */
int fm_run_folder_read_settings(fm_train_options *options, int *found, const char *folder,
                                fm_error *error);

/* What metrics.json and `train --json` hold. */
typedef struct fm_metrics {
    fm_train_result result;
    const char *device; /* name */
    fm_score train;     /* of the last epoch */
    int has_val;
    fm_score val; /* of the last epoch */
    fm_score test;
    double seconds; /* of the whole command so far */
} fm_metrics;

/* metrics.json; the text is also given back in *json (malloc, the caller frees) unless NULL. */
int fm_run_folder_write_metrics(char **json, fm_run_folder *folder, const fm_metrics *metrics,
                                fm_error *error);

#endif
