#include "fmnist_cl/run_folder.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/count.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/text.h"
#include "io/file.h"
#include "io/folder.h"
#include "io/json.h"
#include "io/session_json.h"
#include "train/run_config.h"

static const char resume_file[] = "resume.safetensors";

struct fm_run_folder {
    char path[FM_PATH_SIZE];
    int lock;
    int made;            /* this process created the folder */
    json_t *config;      /* config.json */
    int config_written;  /* the file is there, if perhaps with an earlier time */
    json_t *earlier;     /* the sessions before this one; NULL: none */
    size_t epochs;       /* finished when this session began */
    double began;        /* fm_clock_seconds at the start of this session */
    size_t best_written; /* the epoch whose weights best.safetensors holds; 0: unknown */
};

/* A folder with one of these files contains a run. */
static const char *const run_files[] = {
    "config.json",        "history.csv",  "last.safetensors", "best.safetensors",
    "resume.safetensors", "metrics.json", "report.html"};

static const char history_head[] =
    "epoch,train_loss,train_acc,val_loss,val_acc,lr,seconds,images_per_s\n";

/* ---- The folder ---- */

static int create_failed(const char *path, int number, fm_error *error) {
    return fm_error_set(error, FM_E_FILE, path, "cannot create the folder: %s", strerror(number));
}

/* An existing folder may be used if it contains no run. */
static int check_unused(const char *path, fm_error *error) {
    struct stat info;
    if (stat(path, &info))
        return create_failed(path, errno, error);
    if (!S_ISDIR(info.st_mode))
        return create_failed(path, ENOTDIR, error);
    for (size_t i = 0; i < FM_COUNT(run_files); i++) {
        char file[FM_PATH_SIZE];
        int status = fm_path_join(file, path, run_files[i], error);
        if (status)
            return status;
        if (!lstat(file, &info)) {
            fm_error_set(error, FM_E_ARGUMENT, path, "already contains a run: %s exists",
                         run_files[i]);
            fm_error_hint(error,
                          "choose a new or empty folder, or resume that run: "
                          "fmnist-cl train --resume %s",
                          path);
            return FM_E_ARGUMENT;
        }
        if (errno != ENOENT)
            return fm_error_set(error, FM_E_FILE, file, "cannot read its status: %s",
                                strerror(errno));
    }
    return FM_OK;
}

static int copy_path(char out[FM_PATH_SIZE], const char *path, fm_error *error) {
    int length = snprintf(out, FM_PATH_SIZE, "%s", path);
    if (length < 1 || length >= FM_PATH_SIZE)
        return fm_error_set(error, FM_E_ARGUMENT, path, "the folder's name is %s",
                            length < 1 ? "empty" : "too long");
    while (length > 1 && out[length - 1] == '/')
        out[--length] = '\0';
    return FM_OK;
}

/* Checks the folder again once it is locked: another process may have started a run in it. */
static int take_named(fm_run_folder *folder, const char *path, fm_error *error) {
    int status = copy_path(folder->path, path, error);
    if (!status)
        status = fm_folder_create_parents(folder->path, error);
    if (status)
        return status;
    folder->made = !mkdir(folder->path, 0777);
    if (!folder->made && errno != EEXIST)
        return create_failed(folder->path, errno, error);
    status = check_unused(folder->path, error);
    if (!status)
        status = fm_folder_lock(&folder->lock, folder->path, error);
    return status ? status : check_unused(folder->path, error);
}

/* mkdir is atomic, so two programs never get the same number. */
static int take_next(fm_run_folder *folder, const char *name, fm_error *error) {
    enum { MOST_RUNS = 1000000 };
    for (int number = 1; number <= MOST_RUNS; number++) {
        int length = snprintf(folder->path, FM_PATH_SIZE, "runs/%s-%d", name, number);
        if (length < 0 || length >= FM_PATH_SIZE)
            return fm_error_set(error, FM_E_ARGUMENT, "runs", "the run's name is too long");
        int status = number == 1 ? fm_folder_create_parents(folder->path, error) : FM_OK;
        if (status)
            return status;
        folder->made = !mkdir(folder->path, 0777);
        if (folder->made)
            return fm_folder_lock(&folder->lock, folder->path, error);
        if (errno != EEXIST)
            return create_failed(folder->path, errno, error);
    }
    return fm_error_set(error, FM_E_FILE, "runs", "all numbers up to %d are in use", MOST_RUNS);
}

static int allocate(fm_run_folder **out, fm_error *error) {
    int status = fm_memory_allocate(out, 1, sizeof **out, "run folder", error);
    if (!status)
        (*out)->lock = -1;
    return status;
}

/* Deletes temporary files of killed processes. */
static void sweep(const fm_run_folder *folder) {
    for (size_t i = 0; i < FM_COUNT(run_files); i++)
        fm_file_sweep(folder->path, run_files[i]);
}

int fm_run_folder_create(fm_run_folder **out, const char *path, const char *name, fm_error *error) {
    fm_run_folder *folder;
    *out = NULL;
    int status = allocate(&folder, error);
    if (status)
        return status;
    status = path ? take_named(folder, path, error) : take_next(folder, name, error);
    if (status) {
        fm_run_folder_free(folder);
        return status;
    }
    sweep(folder);
    *out = folder;
    return FM_OK;
}

static int load_state(fm_train_state **state, fm_run_settings *settings, fm_run_folder *folder,
                      fm_error *error) {
    char file[FM_PATH_SIZE];
    char *config = NULL;
    struct stat info;
    int status = fm_path_join(file, folder->path, resume_file, error);
    if (status)
        return status;
    if (lstat(file, &info) && errno == ENOENT) {
        fm_error_set(error, FM_E_ARGUMENT, folder->path, "cannot be resumed: there is no %s",
                     resume_file);
        return fm_error_hint(error, "pass the folder of an earlier run to --resume");
    }
    status = fm_train_state_load(state, &config, file, error);
    if (!status)
        status = fm_run_config_read(settings, &folder->earlier, config, file, error);
    if (!status)
        folder->epochs = (*state)->epochs;
    free(config);
    return status;
}

int fm_run_folder_open(fm_run_folder **out, fm_train_state **state, fm_run_settings *settings,
                       const char *path, fm_error *error) {
    fm_run_folder *folder;
    *out = NULL;
    *state = NULL;
    int status = allocate(&folder, error);
    if (status)
        return status;
    status = copy_path(folder->path, path, error);
    if (!status)
        status = fm_folder_lock(&folder->lock, folder->path, error);
    if (!status)
        status = load_state(state, settings, folder, error);
    if (status) {
        fm_train_state_free(*state);
        *state = NULL;
        fm_run_folder_free(folder);
        return status;
    }
    sweep(folder);
    *out = folder;
    return FM_OK;
}

void fm_run_folder_free(fm_run_folder *folder) {
    if (!folder)
        return;
    if (folder->made)
        (void)rmdir(folder->path); /* fails unless nothing was ever written to it */
    fm_folder_unlock(folder->lock);
    json_decref(folder->config);
    json_decref(folder->earlier);
    free(folder);
}

const char *fm_run_folder_path(const fm_run_folder *folder) {
    return folder->path;
}

/* ---- Its files ---- */

int fm_run_folder_set_config(fm_run_folder *folder, const fm_run_basis *basis, fm_error *error) {
    json_t *config = fm_run_config_json(folder->path, basis);
    json_t *sessions = folder->earlier ? json_copy(folder->earlier) : json_array();
    json_t *session = fm_session_json(basis->device, basis->seconds);
    fm_json_set(&session, "epoch", json_integer((json_int_t)folder->epochs));
    fm_json_append(&sessions, session);
    fm_json_set(&config, "sessions", sessions);
    if (!config)
        return fm_error_set(error, FM_E_MEMORY, folder->path, "not enough memory for config.json");
    json_decref(folder->config);
    folder->config = config;
    folder->config_written = 0;
    folder->began = fm_clock_seconds() - basis->seconds;
    return FM_OK;
}

/* config.json's text, with this session's end so far. */
static int write_config_text(char **out, fm_run_folder *folder, fm_error *error) {
    const json_t *sessions = json_object_get(folder->config, "sessions");
    fm_session_json_end(json_array_get(sessions, json_array_size(sessions) - 1),
                        fm_clock_seconds() - folder->began);
    return fm_json_write(out, json_incref(folder->config), error);
}

static void add_row(fm_text *out, const fm_epoch *epoch) {
    fm_text_print(out, "%zu,%.9g,%.9g,", epoch->number, epoch->train.loss, epoch->train.accuracy);
    if (epoch->has_val)
        fm_text_print(out, "%.9g,%.9g", epoch->val.loss, epoch->val.accuracy);
    else
        fm_text_add(out, ",");
    fm_text_print(out, ",%.9g,%.6f,%.1f\n", epoch->lr, epoch->seconds, epoch->images_per_s);
}

/* Rewrites the file: an appended row could be incomplete if the program is killed. */
static int write_history(const fm_run_folder *folder, const fm_train_state *state,
                         fm_error *error) {
    fm_text text = {0};
    char *history;
    fm_text_add(&text, history_head);
    for (size_t i = 0; i < state->epochs; i++)
        add_row(&text, &state->history[i]);
    int status = fm_text_take(&history, &text, "history", error);
    if (!status)
        status = fm_file_write_text(folder->path, "history.csv", history, error);
    free(history);
    return status;
}

static int save(const fm_run_folder *folder, const char *name, const fm_weights *weights,
                fm_error *error) {
    char path[FM_PATH_SIZE];
    int status = fm_path_join(path, folder->path, name, error);
    return status ? status : fm_weights_save(weights, path, error);
}

static int save_best(fm_run_folder *folder, const fm_train_state *state, fm_error *error) {
    if (!state->best || folder->best_written == state->best_epoch)
        return FM_OK;
    int status = save(folder, "best.safetensors", state->best, error);
    if (!status)
        folder->best_written = state->best_epoch;
    return status;
}

static int save_config(fm_run_folder *folder, const char *text, fm_error *error) {
    int status = fm_file_write_text(folder->path, "config.json", text, error);
    folder->config_written = !status;
    return status;
}

/* Writes config.json with the session's end so far. */
static int save_session(fm_run_folder *folder, fm_error *error) {
    char *text;
    if (!folder->config)
        return FM_OK;
    int status = write_config_text(&text, folder, error);
    if (!status)
        status = save_config(folder, text, error);
    free(text);
    return status;
}

int fm_run_folder_save_last(fm_run_folder *folder, const fm_weights *weights, fm_error *error) {
    int status = save(folder, "last.safetensors", weights, error);
    return status ? status : save_session(folder, error);
}

int fm_run_folder_save(fm_run_folder *folder, const fm_train_state *state, fm_error *error) {
    char path[FM_PATH_SIZE], *text = NULL;
    if (!folder->config)
        return fm_error_set(error, FM_E_ARGUMENT, folder->path,
                            "call fm_run_folder_set_config first");
    int status = fm_path_join(path, folder->path, resume_file, error);
    if (!status)
        status = write_config_text(&text, folder, error);
    if (!status)
        status = fm_train_state_save(state, text, path, error);
    if (!status && !folder->config_written)
        status = save_config(folder, text, error);
    free(text);
    if (!status)
        status = save_best(folder, state, error);
    if (status || state->position || !state->epochs)
        return status;
    status = save(folder, "last.safetensors", state->weights, error);
    return status ? status : write_history(folder, state, error);
}

static json_t *score_json(const fm_score *score) {
    return json_pack("{s:o, s:o}", "loss", fm_json_real(score->loss), "accuracy",
                     fm_json_real(score->accuracy));
}

int fm_run_folder_write_metrics(char **json, fm_run_folder *folder, const fm_metrics *metrics,
                                fm_error *error) {
    const fm_train_result *result = &metrics->result;
    char *text;
    json_t *document =
        json_pack("{s:o, s:o, s:I, s:I, s:o, s:o, s:o, s:o, s:I, s:o, s:o}", "run",
                  fm_json_text(folder->path), "device", fm_json_text(metrics->device), "epochs",
                  (json_int_t)result->epochs, "steps", (json_int_t)result->steps, "best_epoch",
                  result->best_epoch ? json_integer((json_int_t)result->best_epoch) : json_null(),
                  "train", score_json(&metrics->train), "val",
                  metrics->has_val ? score_json(&metrics->val) : json_null(), "test",
                  metrics->has_test ? score_json(&metrics->test) : json_null(), "sessions",
                  (json_int_t)metrics->sessions, "seconds", fm_json_real(metrics->seconds),
                  "train_seconds", fm_json_real(result->train_seconds));
    if (json)
        *json = NULL;
    int status = fm_json_write(&text, document, error);
    if (!status)
        status = fm_file_write_text(folder->path, "metrics.json", text, error);
    if (!status)
        status = save_session(folder, error);
    if (json && !status)
        *json = text;
    else
        free(text);
    return status;
}
