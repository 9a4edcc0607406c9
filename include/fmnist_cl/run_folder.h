/* The folder in which a training leaves its settings, history, weights and summary. */
#ifndef FMNIST_CL_RUN_FOLDER_H
#define FMNIST_CL_RUN_FOLDER_H

#include "fmnist_cl/dataset.h"
#include "fmnist_cl/device.h"
#include "fmnist_cl/trainer.h"
#include "fmnist_cl/weights.h"

typedef struct fm_run_folder fm_run_folder;

/* Creates the folder (its parents too), or takes an existing one that holds no run.
 * path NULL: the first free of runs/NAME-1, runs/NAME-2 ... Nobody else can have it as a run folder
 * until it is freed, with fm_run_folder_free.
 * FM_E_FILE when it cannot be written, FM_E_ARGUMENT when it holds a run already. */
int fm_run_folder_create(fm_run_folder **out, const char *path, const char *name, fm_error *error);
void fm_run_folder_free(fm_run_folder *folder);
const char *fm_run_folder_path(const fm_run_folder *folder);

/* How a run was begun, or last gone on with. */
typedef struct fm_run_settings {
    fm_train_options options;
    enum fm_gemm gemm;
    enum fm_gemm products; /* whose they were: native or clblast */
    char device[256], platform[256], driver[256], version[32];
    char device_type[16]; /* as fm_device_type_name has it */
    char init[4096];      /* --init's file; empty when there was none */
    char sha256[FM_DATA_FILES][65];
} fm_run_settings;

/* Opens a folder that holds a run, to go on with it: all that is needed is its resume.safetensors.
 * Nothing is written yet. Free the state with fm_train_state_free. FM_E_ARGUMENT when there is no
 * run or nothing to go on with, FM_E_FORMAT when it is damaged, FM_E_FILE, FM_E_MEMORY. */
int fm_run_folder_open(fm_run_folder **out, fm_train_state **state, fm_run_settings *settings,
                       const char *path, fm_error *error);

/* What a run is made with. */
typedef struct fm_run_basis {
    const fm_train_options *options;
    const fm_architecture *architecture;
    const fm_device_info *device;
    const fm_device_kernels *kernels;
    const fm_dataset *dataset;
    enum fm_gemm gemm;              /* as asked for */
    const char *init, *tensorboard; /* a file and a folder, or NULL */
} fm_run_basis;

/* What config.json will hold, and resume.safetensors beside the state: every option in force,
 * program version, device and driver, the data files' sums. FM_E_MEMORY. */
int fm_run_folder_set_config(fm_run_folder *folder, const fm_run_basis *basis, fm_error *error);

/* Each of these writes every file whole or not at all. FM_E_FILE or FM_E_MEMORY. */
/* resume.safetensors, which alone says where the run stands, and then what follows from it and is
 * not there yet: config.json; and, unless an epoch is under way, last.safetensors, best.safetensors
 * and history.csv with a row for every epoch. */
int fm_run_folder_save(fm_run_folder *folder, const fm_train_state *state, fm_error *error);
/* last.safetensors alone. */
int fm_run_folder_save_last(fm_run_folder *folder, const fm_weights *weights, fm_error *error);

/* Reads the options from the config.json in a folder, so that the same split and loss can be used
 * again. *found is 0, and the options stay as they are, when the folder holds none of ours.
 * FM_E_FORMAT when it is ours and damaged. */
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
