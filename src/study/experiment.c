#include "study/experiment.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "io/file.h"
#include "io/folder.h"
#include "io/json.h"
#include "io/settings_json.h"
#include "study/plan.h"

/* ---- Settings ---- */

static json_t *values_json(const fm_plan *plan) {
    json_t *values = json_array();
    for (size_t i = 0; i < plan->value_count; i++)
        fm_json_append(&values, json_string(plan->value[i]));
    return values;
}

static json_t *data_json(const fm_dataset *dataset) {
    json_t *sums = json_array();
    for (size_t i = 0; i < FM_DATA_FILES; i++)
        fm_json_append(&sums, json_string(fm_dataset_file(dataset, i)->sha256));
    return sums;
}

static json_t *settings_json(const fm_plan *plan, const fm_dataset *dataset, size_t images,
                             enum fm_gemm gemm) {
    json_t *settings =
        json_pack("{s:s, s:o, s:I}", "experiment", fm_factor_name(plan->factor), "values",
                  values_json(plan), "seeds", (json_int_t)plan->seed_count);
    fm_json_update(&settings, fm_settings_json(&plan->fixed));
    fm_json_update(&settings, json_pack("{s:I, s:o, s:s}", "images", (json_int_t)images, "data",
                                        data_json(dataset), "gemm", fm_gemm_name(gemm)));
    return settings;
}

/* ---- Opening ---- */

static size_t trial_index(const fm_plan *plan, const fm_trial *trial) {
    size_t index = 0;
    while (index < fm_plan_trials(plan) && (fm_plan_trial_value(plan, index) != trial->value ||
                                            fm_plan_trial_seed(plan, index) != trial->seed))
        index++;
    return index;
}

int fm_experiment_checkpoint(char out[FM_PATH_SIZE], const fm_experiment *e, size_t index,
                             fm_error *error) {
    char name[64];
    snprintf(name, sizeof name, "trial-%zu.safetensors", index);
    return fm_path_join(out, e->folder, name, error);
}

void fm_experiment_remove_checkpoint(const fm_experiment *e, size_t index) {
    char path[FM_PATH_SIZE];
    if (fm_experiment_checkpoint(path, e, index, NULL))
        return;
    unlink(path);
    fm_file_sweep(e->folder, strrchr(path, '/') + 1);
}

static int read_trials(fm_experiment *e, const json_t *lines, fm_error *error) {
    size_t i;
    json_t *line;
    json_array_foreach(lines, i, line) {
        fm_trial trial;
        int status = fm_trial_read(&trial, line, &e->plan, error);
        if (status)
            return status;
        const uint64_t seed = trial.seed - e->plan.fixed.options.seed;
        if (seed >= e->plan.most_seeds && seed < FM_MAX_SEEDS) { /* added by --until-decided */
            fm_trial_clear(&trial);
            continue;
        }
        size_t index = trial_index(&e->plan, &trial);
        if (index == e->count || e->finished[index]) {
            fm_trial_clear(&trial);
            return fm_error_set(error, FM_E_FORMAT, e->folder,
                                "the journal contains a trial that is not in the plan");
        }
        if (!fm_trial_is_final(&trial)) { /* the trial will be repeated */
            fm_trial_clear(&trial);
            continue;
        }
        e->trials[index] = trial;
        e->finished[index] = 1;
        fm_experiment_remove_checkpoint(e, index);
    }
    return FM_OK;
}

static int prepare(fm_experiment *e, const char *folder, const fm_device_info *device,
                   fm_error *error) {
    e->folder = strdup(folder);
    e->count = fm_plan_trials(&e->plan);
    if (!e->folder)
        return fm_error_set(error, FM_E_MEMORY, folder, "out of memory");
    snprintf(e->device, sizeof e->device, "%s", device->name);
    snprintf(e->driver, sizeof e->driver, "%s", device->driver);
    int status = fm_memory_allocate(&e->trials, e->count, sizeof *e->trials, "trials", error);
    if (!status)
        status = fm_memory_allocate(&e->finished, e->count, 1, "trials", error);
    for (size_t i = 0; !status && i < e->count; i++) {
        e->trials[i].value = fm_plan_trial_value(&e->plan, i);
        e->trials[i].seed = fm_plan_trial_seed(&e->plan, i);
    }
    return status;
}

int fm_experiment_open(fm_experiment **out, const char *folder, const fm_plan *plan,
                       const fm_dataset *dataset, size_t images, const fm_device_info *device,
                       enum fm_gemm gemm, fm_error *error) {
    fm_experiment *e;
    json_t *lines = NULL;
    *out = NULL;
    if (!folder[0])
        return fm_error_set(error, FM_E_ARGUMENT, "run", "the folder's name is empty");
    if (plan->most_seeds < plan->seed_count || plan->most_seeds > FM_MAX_SEEDS)
        return fm_error_set(error, FM_E_ARGUMENT, "most_seeds", "%zu is not between %zu and %d",
                            plan->most_seeds, plan->seed_count, FM_MAX_SEEDS);
    if (!(plan->margin >= 0))
        return fm_error_set(error, FM_E_ARGUMENT, "margin", "must not be negative");
    int status = fm_memory_allocate(&e, 1, sizeof *e, "the experiment", error);
    if (status)
        return status;
    e->plan = *plan;
    e->images = fm_dataset_train(dataset);
    e->images.count = images < e->images.count ? images : e->images.count;
    status = prepare(e, folder, device, error);
    if (status)
        goto out;
    e->settings = settings_json(plan, dataset, e->images.count, gemm);
    status = e->settings ? fm_folder_create(folder, error)
                         : fm_error_set(error, FM_E_MEMORY, folder, "out of memory");
    if (!status)
        status = fm_journal_open(&e->journal, &lines, folder, e->settings, error);
    if (!status)
        status = read_trials(e, lines, error);
    if (!status)
        fm_experiment_update_wanted(e);
out:
    json_decref(lines);
    if (status)
        fm_experiment_close(e);
    else
        *out = e;
    return status;
}

void fm_experiment_close(fm_experiment *e) {
    if (!e)
        return;
    for (size_t i = 0; e->trials && i < e->count; i++)
        fm_trial_clear(&e->trials[i]);
    fm_journal_close(e->journal);
    json_decref(e->settings);
    free(e->finished);
    free(e->trials);
    free(e->folder);
    free(e);
}

/* ---- Trials of other experiments ---- */

static fm_settings trial_settings(const fm_experiment *e, size_t index) {
    fm_settings settings;
    fm_plan_apply(&settings, &e->plan, e->trials[index].value);
    settings.options.seed = e->trials[index].seed;
    return settings;
}

static int are_same(const fm_settings *a, const fm_settings *b) {
    for (const fm_option *row = fm_settings_table; row->name; row++)
        if (!fm_option_same(a, b, row))
            return 0;
    return 1;
}

static int copy_trial(fm_experiment *e, size_t index, const fm_trial *from, size_t epochs,
                      fm_error *error) {
    fm_trial *trial = &e->trials[index];
    int status =
        fm_memory_allocate(&trial->curve, epochs, sizeof *trial->curve, "the curve", error);
    if (status)
        return status;
    memcpy(trial->curve, from->curve, epochs * sizeof *trial->curve);
    trial->epochs = epochs;
    memcpy(trial->device, from->device, sizeof trial->device);
    memcpy(trial->driver, from->driver, sizeof trial->driver);
    status = fm_journal_add(e->journal, fm_trial_json(trial, &e->plan), error);
    if (status)
        fm_trial_clear(trial);
    else
        e->finished[index] = 1;
    return status;
}

static int adopt_trial(fm_experiment *e, size_t index, const fm_experiment *other,
                       fm_error *error) {
    const fm_settings wanted = trial_settings(e, index);
    const size_t epochs = wanted.options.epochs;
    int status = FM_OK;
    for (size_t i = 0; !e->finished[index] && !status && i < other->count; i++) {
        const fm_trial *trial = &other->trials[i];
        fm_settings theirs = trial_settings(other, i);
        theirs.options.epochs = epochs; /* its curve may be longer */
        if (other->finished[i] && !trial->failed && trial->epochs >= epochs &&
            are_same(&wanted, &theirs))
            status = copy_trial(e, index, trial, epochs, error);
    }
    return status;
}

int fm_experiment_adopt(fm_experiment *e, const fm_experiment *other, fm_error *error) {
    int status = FM_OK;
    for (size_t i = 0; !status && i < e->count; i++)
        if (fm_experiment_wants(e, i) && !e->finished[i])
            status = adopt_trial(e, i, other, error);
    fm_experiment_update_wanted(e);
    return status;
}

/* ---- How many seeds ---- */

void fm_experiment_update_wanted(fm_experiment *e) {
    fm_experiment_conclude(&e->conclusion, e);
    for (size_t v = 0; v < e->plan.value_count; v++)
        e->wanted[v] = e->conclusion.value[v].seeds;
}

/* A trial of the epochs experiment serves all values. */
int fm_experiment_wants(const fm_experiment *e, size_t trial) {
    const size_t seed = trial % e->plan.most_seeds;
    if (e->plan.factor != FM_FACTOR_EPOCHS)
        return seed < e->wanted[fm_plan_trial_value(&e->plan, trial)];
    for (size_t v = 0; v < e->plan.value_count; v++)
        if (seed < e->wanted[v])
            return 1;
    return 0;
}

/* ---- Access ---- */

const char *fm_experiment_folder(const fm_experiment *e) {
    return e->folder;
}

const fm_plan *fm_experiment_plan(const fm_experiment *e) {
    return &e->plan;
}

size_t fm_experiment_trial_count(const fm_experiment *e) {
    return e->count;
}

const fm_trial *fm_experiment_trial(const fm_experiment *e, size_t index) {
    return index < e->count && e->finished[index] ? &e->trials[index] : NULL;
}

size_t fm_experiment_planned(const fm_experiment *e) {
    size_t planned = 0;
    for (size_t i = 0; i < e->count; i++)
        planned += fm_experiment_wants(e, i) != 0;
    return planned;
}

size_t fm_experiment_left(const fm_experiment *e) {
    size_t left = 0;
    for (size_t i = 0; i < e->count; i++)
        left += fm_experiment_wants(e, i) && !e->finished[i];
    return left;
}

size_t fm_experiment_on_other_device(const fm_trial **first, const fm_experiment *e) {
    size_t count = 0;
    *first = NULL;
    for (size_t i = 0; i < e->count; i++) {
        const fm_trial *trial = &e->trials[i];
        if (!e->finished[i] ||
            (!strcmp(trial->device, e->device) && !strcmp(trial->driver, e->driver)))
            continue;
        *first = count++ ? *first : trial;
    }
    return count;
}

int fm_experiment_check(const fm_experiment *e, fm_error *error) {
    const fm_trial *first = NULL;
    size_t count = 0;
    for (size_t i = 0; i < e->count; i++)
        if (e->finished[i] && !fm_trial_is_final(&e->trials[i]))
            first = count++ ? first : &e->trials[i];
    if (!count)
        return FM_OK;
    fm_error_set(error, first->cause, fm_factor_name(e->plan.factor),
                 "%zu of %zu trials failed; first %s with seed %" PRIu64 ": %s", count,
                 fm_experiment_planned(e), e->plan.value[first->value], first->seed, first->reason);
    fm_error_hint(error,
                  "run the same command again to repeat the failed trials; the others are kept");
    return first->cause;
}

size_t fm_experiment_row_count(const fm_experiment *e) {
    return e->plan.value_count * e->plan.most_seeds;
}

int fm_experiment_row(fm_result_row *out, const fm_experiment *e, size_t index) {
    const size_t value = index / e->plan.most_seeds, seed = index % e->plan.most_seeds;
    return index < fm_experiment_row_count(e) && seed < e->wanted[value] &&
           fm_experiment_result(out, e, value, seed);
}

int fm_experiment_result(fm_result_row *out, const fm_experiment *e, size_t value, size_t seed) {
    const int epochs = e->plan.factor == FM_FACTOR_EPOCHS;
    const fm_trial *trial =
        fm_experiment_trial(e, epochs ? seed : value * e->plan.most_seeds + seed);
    if (!trial)
        return 0;
    *out = (fm_result_row){.value = value, .trial = trial};
    if (trial->failed)
        return 1;
    /* A trial with fewer epochs is a prefix of the longest training, so its result is a point of
     * the curve. */
    size_t last = trial->epochs;
    if (epochs) {
        size_t wanted = (size_t)strtoull(e->plan.value[out->value], NULL, 10);
        last = wanted < last ? wanted : last;
    }
    for (size_t i = 0; i < last; i++)
        out->seconds += trial->curve[i].seconds;
    out->val_accuracy = trial->curve[last - 1].val.accuracy;
    out->val_loss = trial->curve[last - 1].val.loss;
    return 1;
}
