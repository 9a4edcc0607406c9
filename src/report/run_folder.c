#include "fmnist_cl/run_folder.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "io/file.h"
#include "io/folder.h"
#include "io/json.h"
#include "report/run_config.h"

enum { PATH_SIZE = 4096, ROW_SIZE = 256 };

struct fm_run_folder {
    char path[PATH_SIZE];
    char *history; /* what history.csv holds */
    size_t history_length;
};

/* What makes a folder one that holds a run. */
static const char *const run_files[] = {
    "config.json",        "history.csv",  "last.safetensors", "best.safetensors",
    "resume.safetensors", "metrics.json", "report.html"};

static const char history_head[] =
    "epoch,train_loss,train_acc,val_loss,val_acc,lr,seconds,images_per_s\n";

/* ---- The folder ---- */

static int join(char out[PATH_SIZE], const char *folder, const char *name, fm_error *error) {
    int length = snprintf(out, PATH_SIZE, "%s/%s", folder, name);
    if (length < 0 || length >= PATH_SIZE)
        return fm_error_set(error, FM_E_FILE, folder, "the name is too long");
    return FM_OK;
}

static int create_failed(const char *path, int number, fm_error *error) {
    return fm_error_set(error, FM_E_FILE, path, "cannot create the folder: %s", strerror(number));
}

/* An existing folder will do when it holds no run. */
static int check_unused(const char *path, fm_error *error) {
    struct stat info;
    if (stat(path, &info))
        return create_failed(path, errno, error);
    if (!S_ISDIR(info.st_mode))
        return create_failed(path, ENOTDIR, error);
    for (size_t i = 0; i < sizeof run_files / sizeof *run_files; i++) {
        char file[PATH_SIZE];
        int status = join(file, path, run_files[i], error);
        if (status)
            return status;
        if (!lstat(file, &info)) {
            fm_error_set(error, FM_E_ARGUMENT, path, "holds a run already: there is a %s",
                         run_files[i]);
            fm_error_hint(error, "name a folder that is new or empty");
            return FM_E_ARGUMENT;
        }
    }
    return FM_OK;
}

static int take_named(char out[PATH_SIZE], const char *path, fm_error *error) {
    int length = snprintf(out, PATH_SIZE, "%s", path);
    if (length < 1 || length >= PATH_SIZE)
        return fm_error_set(error, FM_E_ARGUMENT, path, "the folder's name is %s",
                            length < 1 ? "empty" : "too long");
    while (length > 1 && out[length - 1] == '/')
        out[--length] = '\0';
    int status = fm_folder_create_parents(out, error);
    if (status || !mkdir(out, 0777))
        return status;
    return errno == EEXIST ? check_unused(out, error) : create_failed(out, errno, error);
}

/* mkdir decides who gets a number, so that two programs never share one. */
static int take_next(char out[PATH_SIZE], const char *name, fm_error *error) {
    enum { MOST_RUNS = 1000000 };
    for (int number = 1; number <= MOST_RUNS; number++) {
        int length = snprintf(out, PATH_SIZE, "runs/%s-%d", name, number);
        if (length < 0 || length >= PATH_SIZE)
            return fm_error_set(error, FM_E_ARGUMENT, "runs", "the run's name is too long");
        int status = number == 1 ? fm_folder_create_parents(out, error) : FM_OK;
        if (status || !mkdir(out, 0777))
            return status;
        if (errno != EEXIST)
            return create_failed(out, errno, error);
    }
    return fm_error_set(error, FM_E_FILE, "runs", "all numbers up to %d are taken", MOST_RUNS);
}

int fm_run_folder_create(fm_run_folder **out, const char *path, const char *name, fm_error *error) {
    fm_run_folder *folder;
    *out = NULL;
    int status = fm_memory_allocate(&folder, 1, sizeof *folder, "run folder", error);
    if (status)
        return status;
    status = path ? take_named(folder->path, path, error) : take_next(folder->path, name, error);
    if (status) {
        free(folder);
        return status;
    }
    *out = folder;
    return FM_OK;
}

void fm_run_folder_free(fm_run_folder *folder) {
    if (!folder)
        return;
    free(folder->history);
    free(folder);
}

const char *fm_run_folder_path(const fm_run_folder *folder) {
    return folder->path;
}

/* ---- Its files ---- */

static int write_text(const fm_run_folder *folder, const char *name, const char *text,
                      fm_error *error) {
    char path[PATH_SIZE];
    int status = join(path, folder->path, name, error);
    const fm_file_part part = {text, strlen(text)};
    return status ? status : fm_file_write(path, &part, 1, error);
}

int fm_run_folder_write_config(fm_run_folder *folder, const fm_train_options *options,
                               const fm_architecture *architecture, const fm_device_info *device,
                               enum fm_gemm gemm, const char *init, const fm_dataset *dataset,
                               fm_error *error) {
    char *text;
    json_t *config =
        fm_run_config_json(folder->path, options, architecture, device, gemm, init, dataset);
    int status = fm_json_write(&text, config, error);
    if (!status)
        status = write_text(folder, "config.json", text, error);
    free(text);
    return status;
}

static void print_row(char out[ROW_SIZE], const fm_epoch *epoch) {
    char val[64] = ",";
    if (epoch->has_val)
        snprintf(val, sizeof val, "%.9g,%.9g", epoch->val.loss, epoch->val.accuracy);
    snprintf(out, ROW_SIZE, "%zu,%.9g,%.9g,%s,%.9g,%.6f,%.1f\n", epoch->number, epoch->train.loss,
             epoch->train.accuracy, val, epoch->lr, epoch->seconds, epoch->images_per_s);
}

int fm_run_folder_add_epoch(fm_run_folder *folder, const fm_epoch *epoch, fm_error *error) {
    char row[ROW_SIZE];
    print_row(row, epoch);
    const char *before = folder->history ? folder->history : history_head;
    size_t length = folder->history ? folder->history_length : strlen(history_head);
    char *history;
    int status = fm_memory_allocate(&history, length + strlen(row) + 1, 1, "history", error);
    if (status)
        return status;
    memcpy(history, before, length);
    memcpy(history + length, row, strlen(row) + 1);
    free(folder->history);
    folder->history = history;
    folder->history_length = length + strlen(row);
    /* Whole each time: a row that is appended could be cut when the program is killed. */
    return write_text(folder, "history.csv", history, error);
}

static int save(const fm_run_folder *folder, const char *name, const fm_weights *weights,
                fm_error *error) {
    char path[PATH_SIZE];
    int status = join(path, folder->path, name, error);
    return status ? status : fm_weights_save(weights, path, error);
}

int fm_run_folder_save_last(fm_run_folder *folder, const fm_weights *weights, fm_error *error) {
    return save(folder, "last.safetensors", weights, error);
}

int fm_run_folder_save_best(fm_run_folder *folder, const fm_weights *weights, fm_error *error) {
    return save(folder, "best.safetensors", weights, error);
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
        json_pack("{s:o, s:o, s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o}", "run",
                  fm_json_text(folder->path), "device", fm_json_text(metrics->device), "epochs",
                  (json_int_t)result->epochs, "steps", (json_int_t)result->steps, "best_epoch",
                  result->best_epoch ? json_integer((json_int_t)result->best_epoch) : json_null(),
                  "train", score_json(&metrics->train), "val",
                  metrics->has_val ? score_json(&metrics->val) : json_null(), "test",
                  score_json(&metrics->test), "seconds", fm_json_real(metrics->seconds),
                  "train_seconds", fm_json_real(result->train_seconds));
    if (json)
        *json = NULL;
    int status = fm_json_write(&text, document, error);
    if (!status)
        status = write_text(folder, "metrics.json", text, error);
    if (json && !status)
        *json = text;
    else
        free(text);
    return status;
}
