/* The state of a running training, shared by the files of the command train. */
#ifndef FM_CLI_TRAIN_H
#define FM_CLI_TRAIN_H

#include "cli/command.h"
#include "cli/progress.h"
#include "cli/session.h"
#include "cli/settings.h"
#include "fmnist_cl/run_folder.h"
#include "fmnist_cl/tensorboard.h"

/* The command's settings. */
typedef struct cli_train_settings {
    cli_common common;
    fm_settings given;
    enum fm_gemm gemm;
    const char *config, *init, *run, *resume, *fallback, *tensorboard;
    int dump_config;
    int no_test;
    int profile;
    int no_check;
} cli_train_settings;

typedef struct cli_train_job {
    const cli_train_settings *settings;
    fm_train_options options;
    enum fm_gemm gemm;
    const char *init; /* NULL: none */
    cli_session session;
    fm_train_state *state;
    fm_run_folder *folder;
    fm_run_folder *fallback;   /* NULL: none, or already in use as `folder` */
    size_t resumed_after;      /* epochs that were finished when this process resumed the run */
    fm_run_settings *recorded; /* what the resumed run folder contains; NULL: new run */
    fm_tensorboard *curves;    /* NULL: not wanted */
    char *curves_folder;       /* its absolute path; NULL: none */
    cli_progress progress;
    int first_step_seen;
} cli_train_job;

/* train_resume.c: opens the folder of the run to resume, and takes options, gemm and init from it.
 * Options on the command line must not contradict them. */
int cli_train_open_run(cli_train_job *job, const cli_arguments *arguments, fm_error *error);
/* Opens the session of a resumed run: on the same device if it is available, with the same data. */
int cli_train_reopen_session(cli_train_job *job, const cli_arguments *arguments, fm_error *error);

/* train_run.c: opens the session, with the tuning parameters for this training. */
int cli_train_open_session(cli_train_job *job, const cli_common *common, enum fm_gemm gemm,
                           fm_error *error);
/* Sets the folder's config.json. */
int cli_train_set_config(fm_run_folder *folder, const cli_train_job *job, fm_error *error);
/* Called after *error: a file could not be written. Saves the state in the fallback directory,
 * prints a warning, clears *error and returns 1. Returns 0 and leaves *error unchanged if that is
 * not possible. */
int cli_train_use_fallback(cli_train_job *job, const fm_train_state *state, fm_error *error);
/* Saves the state in the run folder, or in the fallback directory. */
int cli_train_save(cli_train_job *job, const fm_train_state *state, fm_error *error);
/* Trains, from the job's state on. */
int cli_train_run(fm_train_result *result, cli_train_job *job, fm_error *error);
/* After an interruption, when the checkpoint was written: writes last.safetensors too, for eval and
 * predict, and adds a hint how to resume. */
int cli_train_interrupted(cli_train_job *job, fm_error *error);
/* Sets the error's hint to `before` and the command that resumes the run. */
int cli_train_hint_resume(const cli_train_job *job, const char *before, fm_error *error);
/* After a failure of the device or memory: adds to the hint how to resume from the last checkpoint.
 */
int cli_train_lost(const cli_train_job *job, fm_error *error);

/* train_finish.c: tests, writes metrics and report, prints. */
int cli_train_finish(cli_train_job *job, const fm_train_result *result, fm_error *error);

#endif
