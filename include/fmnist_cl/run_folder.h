/* The run folder: settings, history, weights and metrics of a training. */
#ifndef FMNIST_CL_RUN_FOLDER_H
#define FMNIST_CL_RUN_FOLDER_H

#include "fmnist_cl/dataset.h"
#include "fmnist_cl/decls.h"
#include "fmnist_cl/device.h"
#include "fmnist_cl/trainer.h"
#include "fmnist_cl/weights.h"

FM_BEGIN_DECLS

typedef struct fm_run_folder fm_run_folder;

/* Creates the folder and its parents, or uses an existing folder without a run. path NULL: the
 * first unused of runs/NAME-1, runs/NAME-2 ... Locks the folder until fm_run_folder_free, which
 * also removes a folder that was created and never written to. FM_E_FILE if it cannot be written,
 * FM_E_ARGUMENT if it already holds a run. */
int fm_run_folder_create(fm_run_folder **out, const char *path, const char *name, fm_error *error);
void fm_run_folder_free(fm_run_folder *folder);
const char *fm_run_folder_path(const fm_run_folder *folder);

/* The settings with which a run was started or last resumed. */
typedef struct fm_run_settings {
    fm_train_options options;
    enum fm_gemm gemm;
    enum fm_gemm products; /* actual back end: native or clblast */
    char device[256], platform[256], driver[256], version[32];
    char device_type[16];   /* a name that fm_device_type_name returns */
    char init[4096];        /* file of --init; empty if none */
    char tensorboard[4096]; /* folder of --tensorboard; empty if none */
    char sha256[FM_DATA_FILES][65];
    char content_sha256[FM_DATA_FILES][65]; /* after decompression; empty in older runs */
    size_t sessions;                        /* processes that trained until now */
    double seconds;                         /* of all of them; 0 in older runs */
} fm_run_settings;

/* Opens the folder of a run to resume it; needs only its resume.safetensors. Writes nothing yet.
 * Free the state with fm_train_state_free. FM_E_ARGUMENT if there is no run or no checkpoint,
 * FM_E_FORMAT if it is damaged, FM_E_FILE, FM_E_MEMORY. */
int fm_run_folder_open(fm_run_folder **out, fm_train_state **state, fm_run_settings *settings,
                       const char *path, fm_error *error);

/* Everything that config.json describes. */
typedef struct fm_run_basis {
    const fm_train_options *options;
    const fm_architecture *architecture;
    const fm_device_info *device;
    const fm_device_kernels *kernels;
    const fm_dataset *dataset;
    enum fm_gemm gemm;              /* as requested */
    const char *init, *tensorboard; /* a file and a folder, or NULL */
    double seconds;                 /* since the session, this process, began */
} fm_run_basis;

/* Sets the content of config.json, which is also stored in resume.safetensors: all settings, device
 * and driver, checksums of the data files, and for each session (each process that trained)
 * program, commit, machine, start and end. FM_E_MEMORY. */
int fm_run_folder_set_config(fm_run_folder *folder, const fm_run_basis *basis, fm_error *error);

/* Writes resume.safetensors, from which a run is resumed, and then the other files that are missing
 * or out of date: config.json and, except in the middle of an epoch, last.safetensors,
 * best.safetensors and history.csv with a row per epoch. Each file is written atomically. FM_E_FILE
 * or FM_E_MEMORY. */
int fm_run_folder_save(fm_run_folder *folder, const fm_train_state *state, fm_error *error);
/* Writes last.safetensors, and the session's end so far to config.json. Errors as above. */
int fm_run_folder_save_last(fm_run_folder *folder, const fm_weights *weights, fm_error *error);

/* Reads a folder's config.json, so that the same split and loss can be used again, and data can be
 * compared. *found is 0, and *out is unchanged, if the folder has no config.json of this program.
 * FM_E_FORMAT if it has one that is damaged. */
int fm_run_folder_read_settings(fm_run_settings *out, int *found, const char *folder,
                                fm_error *error);

/* The content of metrics.json and of `train --json`. */
typedef struct fm_metrics {
    fm_train_result result;
    const char *device; /* the device's name */
    fm_score train;     /* of the last epoch */
    int has_val;
    fm_score val; /* of the last epoch */
    int has_test;
    fm_score test;
    size_t sessions; /* processes that trained: 1 unless the run was resumed */
    double seconds;  /* of all of them until now */
} fm_metrics;

/* Writes metrics.json, and the session's end to config.json. Returns the text in *json as well
 * unless json is NULL; free with free(). */
int fm_run_folder_write_metrics(char **json, fm_run_folder *folder, const fm_metrics *metrics,
                                fm_error *error);

FM_END_DECLS

#endif
