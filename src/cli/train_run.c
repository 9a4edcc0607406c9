/* A running training: progress, files, and what happens when it stops. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/shell.h"
#include "cli/interrupt.h"
#include "cli/message.h"
#include "cli/train.h"

/* ---- Progress ---- */

static int on_progress(void *user, const fm_progress *progress) {
    cli_train_job *j = user;
    const cli_common *common = &j->settings->common;
    if (!j->first_step_seen && progress->images_done > 0) {
        j->first_step_seen = 1;
        if (common->verbosity > 0)
            cli_note("first step after %.2f s", fm_clock_seconds() - common->started);
    }
    cli_progress_update(&j->progress, progress);
    return cli_interrupt_pending();
}

static int add_to_curves(fm_tensorboard *curves, const fm_epoch *epoch, fm_error *error) {
    const fm_scalar scalars[] = {
        {"loss/train", epoch->train.loss},
        {"accuracy/train", epoch->train.accuracy},
        {"lr", epoch->lr},
        {"images_per_s", epoch->images_per_s},
        {"loss/val", epoch->val.loss},
        {"accuracy/val", epoch->val.accuracy},
    };
    const size_t count = epoch->has_val ? 6 : 4;
    return fm_tensorboard_add(curves, (int64_t)epoch->number, scalars, count, error);
}

static int on_epoch(void *user, const fm_epoch *epoch, fm_error *error) {
    cli_train_job *j = user;
    cli_progress_epoch(&j->progress, epoch);
    return j->curves ? add_to_curves(j->curves, epoch, error) : FM_OK;
}

/* ---- Files ---- */

int cli_train_open_session(cli_train_job *j, const cli_common *common, enum fm_gemm gemm,
                           fm_error *error) {
    const cli_workload workload = {fm_weights_architecture(j->state->weights),
                                   j->options.batch_size};
    return cli_session_open(&j->session, common, gemm, &workload, error);
}

int cli_train_set_config(fm_run_folder *folder, const cli_train_job *j, fm_error *error) {
    const fm_device_kernels kernels = fm_device_get_kernels(j->session.device);
    const fm_run_basis basis = {.options = &j->options,
                                .architecture = fm_weights_architecture(j->state->weights),
                                .device = fm_device_get_info(j->session.device),
                                .kernels = &kernels,
                                .dataset = j->session.dataset,
                                .gemm = j->gemm,
                                .init = j->init,
                                .tensorboard = j->curves_folder,
                                .seconds = fm_clock_seconds() - j->settings->common.started};
    return fm_run_folder_set_config(folder, &basis, error);
}

int cli_train_use_fallback(cli_train_job *j, const fm_train_state *state, fm_error *error) {
    fm_error other = {0};
    if (error->status != FM_E_FILE || !j->fallback)
        return 0;
    int status = cli_train_set_config(j->fallback, j, &other);
    if (!status)
        status = fm_run_folder_save(j->fallback, state, &other);
    cli_progress_clear(&j->progress);
    if (status) {
        cli_warning("%s: %s", other.what, other.why);
        return 0;
    }
    cli_warning("%s: %s; the run continues in %s", error->what, error->why,
                fm_run_folder_path(j->fallback));
    fm_run_folder_free(j->folder);
    j->folder = j->fallback;
    j->fallback = NULL;
    *error = (fm_error){0};
    return 1;
}

static void add_option(fm_text *text, const char *name, const char *value) {
    if (!value)
        return;
    fm_text_print(text, " --%s ", name);
    fm_shell_add_word(text, value);
}

/* The settings that this resume has increased: the checkpoint may not have them yet. */
static void add_increased(fm_text *text, const cli_train_job *j) {
    const fm_settings ours = {.options = j->options}, theirs = {.options = j->recorded->options};
    char value[FM_OPTION_TEXT_SIZE];
    for (const fm_option *row = fm_settings_table; row->name; row++)
        if (row->resume != FM_RESUME_SAME && !fm_option_same(&ours, &theirs, row)) {
            fm_option_print(value, &ours, row);
            add_option(text, row->name, value);
        }
}

int cli_train_hint_resume(const cli_train_job *j, const char *before, fm_error *error) {
    fm_text text = {0};
    char *hint;
    int status = error->status;
    fm_text_print(&text, "%sfmnist-cl train --resume ", before);
    fm_shell_add_word(&text, fm_run_folder_path(j->folder));
    /* The folder contains all other options. */
    add_option(&text, "data", j->settings->common.data);
    add_option(&text, "fallback-dir", j->fallback ? j->settings->fallback : NULL);
    if (j->recorded)
        add_increased(&text, j);
    if (!fm_text_take(&hint, &text, "a hint", NULL)) {
        fm_error_hint(error, "%s", hint);
        free(hint);
    }
    return status;
}

int cli_train_save(cli_train_job *j, const fm_train_state *state, fm_error *error) {
    int status = fm_run_folder_save(j->folder, state, error);
    if (!status || cli_train_use_fallback(j, state, error))
        return FM_OK;
    return state->steps
               ? cli_train_hint_resume(
                     j, "the last checkpoint is intact; when the folder is writable again: ", error)
               : status;
}

static int on_checkpoint(void *user, const fm_train_state *state, fm_error *error) {
    return cli_train_save(user, state, error);
}

/* ---- Training ---- */

int cli_train_interrupted(cli_train_job *j, fm_error *error) {
    int status = fm_run_folder_save_last(j->folder, j->state->weights, error);
    if (cli_train_use_fallback(j, j->state, error))
        status = fm_run_folder_save_last(j->folder, j->state->weights, error);
    if (status)
        return status;
    fm_error_set(error, FM_E_INTERRUPTED, "interrupted",
                 "the weights so far are in %s/last.safetensors", fm_run_folder_path(j->folder));
    return cli_train_hint_resume(j, "resume with: ", error);
}

/* Adds the learning rate and the last weights to the hint. */
static void hint_diverged(const cli_train_job *j, fm_error *error) {
    char hint[sizeof error->hint];
    snprintf(hint, sizeof hint, "%s", error->hint);
    if (j->state->epochs)
        fm_error_hint(
            error, "%.100s; --lr was %g; the weights after epoch %zu are in %s/last.safetensors",
            hint, j->options.optimizer.lr, j->state->epochs, fm_run_folder_path(j->folder));
    else
        fm_error_hint(error, "%.100s; --lr was %g", hint, j->options.optimizer.lr);
}

int cli_train_lost(const cli_train_job *j, fm_error *error) {
    char before[sizeof error->hint + 64];
    if (!j->state->steps && error->hint[0]) /* nothing is lost; the hint says what to do */
        return error->status;
    snprintf(before, sizeof before, "%s%sresume from the last checkpoint: ", error->hint,
             error->hint[0] ? "; " : "");
    return cli_train_hint_resume(j, before, error);
}

int cli_train_run(fm_train_result *result, cli_train_job *j, fm_error *error) {
    const fm_images images = fm_dataset_train(j->session.dataset);
    const fm_observer observer = {
        .user = j, .progress = on_progress, .epoch = on_epoch, .checkpoint = on_checkpoint};
    cli_progress_start(&j->progress, j->settings->common.verbosity, j->options.epochs);
    int status = fm_train_resume(result, j->state, j->session.device, &images, &j->options,
                                 &observer, error);
    cli_progress_clear(&j->progress);
    if (status == FM_E_INTERRUPTED)
        return cli_train_interrupted(j, error);
    if (status == FM_E_DIVERGED)
        hint_diverged(j, error);
    if (!status && result->epochs == 0)
        status = fm_run_folder_save_last(j->folder, j->state->weights, error);
    return status;
}
