/* A training on its way, shared by the files of the command train. */
#ifndef FM_CLI_TRAIN_JOB_H
#define FM_CLI_TRAIN_JOB_H

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
    const char *config, *init, *run, *resume, *spare, *tensorboard;
    int dump_config;
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
    fm_run_folder *spare;   /* NULL: none, or it is the folder by now */
    int has_made_spare;     /* it was not there before */
    fm_run_settings *begun; /* how the run was begun; NULL: now */
    fm_tensorboard *curves; /* NULL: not wanted */
    cli_progress progress;
    int first_step_seen;
} cli_train_job;

/* train_resume.c: opens the run folder that is to be gone on with, and takes the run's options,
 * gemm and init. What was given must say the same. */
int cli_train_take_up(cli_train_job *job, const cli_arguments *arguments, fm_error *error);
/* Opens the session of such a run: on the same device where there is one, on the same data. */
int cli_train_open_again(cli_train_job *job, const cli_arguments *arguments, fm_error *error);

/* train_run.c: opens the session, with the device as it was tuned for this training. */
int cli_train_open_session(cli_train_job *job, const cli_common *common, enum fm_gemm gemm,
                           fm_error *error);
/* Tells a folder how the run is trained. */
int cli_train_set_config(fm_run_folder *folder, const cli_train_job *job, fm_error *error);
/* After a file could not be written, which *error tells: whether the run goes on in its spare
 * folder, where all that is in memory has been written, and the user told. Else *error stays. */
int cli_train_use_spare(cli_train_job *job, const fm_train_state *state, fm_error *error);
/* Writes where the training stands into the folder, or the spare one. */
int cli_train_save(cli_train_job *job, const fm_train_state *state, fm_error *error);
/* Trains. */
int cli_train_run(fm_train_result *result, cli_train_job *job, fm_error *error);
/* Stopped, with its checkpoint written: leaves the weights so far for eval and predict as well, and
 * says how to go on. */
int cli_train_interrupted(cli_train_job *job, fm_error *error);
/* What a person types to go on with the run, as the error's hint. */
int cli_train_hint_resume(const cli_train_job *job, const char *before, fm_error *error);
/* The device or memory failed: adds to the hint that no more than the work since the last
 * checkpoint is lost, and how to go on. */
int cli_train_lost(const cli_train_job *job, fm_error *error);

/* train_finish.c: tests, writes metrics and report, prints. */
int cli_train_finish(cli_train_job *job, const fm_train_result *result, fm_error *error);

#endif
