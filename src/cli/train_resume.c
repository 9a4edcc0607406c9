/* Resuming a run: its folder contains the settings. Options on the command line must not contradict
 * them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cli/checkpoint.h"
#include "cli/message.h"
#include "cli/train.h"
#include "fmnist_cl/version.h"

/* ---- Options ---- */

static int refuse(const fm_option *row, const char *there, const char *path, fm_error *error) {
    fm_error_set(error, FM_E_ARGUMENT, row->name,
                 "the run in %s was started with %s%s; resuming cannot change it", path,
                 row->kind == FM_OPTION_FLAG ? "it " : "", there);
    fm_error_hint(error, "leave the option out, or start a new run without --resume");
    return cli_option_error(FM_E_ARGUMENT, error);
}

static int planned(const fm_option *row, const char *there, const char *path, fm_error *error) {
    fm_error_set(error, FM_E_ARGUMENT, row->name,
                 "the run in %s is planned for %s; the number can only increase", path, there);
    return cli_option_error(FM_E_ARGUMENT, error);
}

/* Each option that was given must equal the run's setting, or be larger if the setting may
 * increase. */
static int check_settings(const fm_settings *theirs, const fm_settings *ours, const char *path,
                          const cli_arguments *arguments, fm_error *error) {
    char there[FM_OPTION_TEXT_SIZE], here[FM_OPTION_TEXT_SIZE];
    int status = FM_OK;
    for (const fm_option *row = fm_settings_table; !status && row->name; row++) {
        if (!cli_options_given(arguments, row->name) || fm_option_same(theirs, ours, row) ||
            fm_settings_lacks_layers(theirs, row))
            continue;
        fm_option_print(there, theirs, row);
        fm_option_print(here, ours, row);
        if (row->resume == FM_RESUME_SAME)
            status = refuse(row, there, path, error);
        else if (strtod(here, NULL) < strtod(there, NULL))
            status = planned(row, there, path, error);
    }
    return status;
}

static int check_others(const cli_train_settings *s, const char *path, fm_error *error) {
    if (s->run)
        return fm_error_set(error, FM_E_ARGUMENT, "--run", "a resumed run stays in its folder");
    if (s->init)
        return fm_error_set(error, FM_E_ARGUMENT, "--init", "the run in %s already has weights",
                            path);
    if (s->config)
        return fm_error_set(error, FM_E_ARGUMENT, "--config", "the run in %s already has settings",
                            path);
    if (s->dump_config)
        return fm_error_set(error, FM_E_ARGUMENT, "--dump-config",
                            "the settings of the run are in %s/config.json", path);
    return FM_OK;
}

int cli_train_open_run(cli_train_job *j, const cli_arguments *arguments, fm_error *error) {
    const cli_train_settings *s = j->settings;
    int status =
        fm_memory_allocate(&j->recorded, 1, sizeof *j->recorded, "the run's settings", error);
    if (!status)
        status = fm_run_folder_open(&j->folder, &j->state, j->recorded, s->resume, error);
    if (status)
        return status;
    const char *path = fm_run_folder_path(j->folder);
    const fm_settings theirs = {*fm_weights_architecture(j->state->weights), j->recorded->options};
    fm_settings ours = theirs;
    status = check_others(s, path, error);
    if (!status)
        status = cli_checkpoint_check_network(&theirs.architecture, path, error);
    if (!status)
        status = cli_settings_apply(&ours, &s->given, s->common.seed, arguments, error);
    if (!status)
        status = check_settings(&theirs, &ours, path, arguments, error);
    j->options = ours.options;
    j->resumed_after = j->state->epochs;
    j->gemm = cli_options_given(arguments, "gemm") ? s->gemm : j->recorded->gemm;
    j->init = j->recorded->init[0] ? j->recorded->init : NULL;
    return status;
}

/* ---- Device and data ---- */

static int check_data(const cli_train_job *j, fm_error *error) {
    const char *name = cli_checkpoint_other_data(j->session.dataset, j->recorded);
    if (!name)
        return FM_OK;
    fm_error_set(error, FM_E_ARGUMENT, fm_dataset_folder(j->session.dataset),
                 "%s differs from the file that the run was started with (SHA-256)", name);
    return fm_error_hint(error, "select the original data set with --data DIR");
}

/* Warns if results will differ from those of an uninterrupted run. */
static void compare_device(const cli_train_job *j) {
    const fm_device_info *info = fm_device_get_info(j->session.device);
    const fm_run_settings *b = j->recorded;
    const char *why = NULL;
    if (strcmp(info->name, b->device) != 0 || strcmp(info->platform, b->platform) != 0)
        why = "on a different device";
    else if (strcmp(info->driver, b->driver) != 0)
        why = "with a different driver";
    else if (strcmp(FM_VERSION, b->version) != 0)
        why = "with a different version of fmnist-cl";
    else if (fm_device_get_kernels(j->session.device).products != b->products)
        why = "with a different --gemm";
    if (why)
        cli_warning(
            "resuming %s than before (%s, driver %s, fmnist-cl %s, --gemm %s): results will not "
            "be bit-identical to an uninterrupted run",
            why, b->device, b->driver[0] ? b->driver : "none", b->version,
            fm_gemm_name(b->products));
}

/* With --gemm auto, the run keeps its matrix-product back end, even after new tuning. If that back
 * end is not supported here, auto chooses again. */
static int open_session(cli_train_job *j, const cli_common *common, fm_error *error) {
    int status = cli_train_open_session(
        j, common, j->gemm == FM_GEMM_AUTO ? j->recorded->products : j->gemm, error);
    if (status == FM_E_ARGUMENT && j->gemm == FM_GEMM_AUTO)
        status = cli_train_open_session(j, common, FM_GEMM_AUTO, error);
    return status;
}

/* Finds the run's device by name, platform and type; returns 0 if it is not in the list. */
static int find_device(char number[16], const fm_run_settings *recorded) {
    fm_device_list *list = NULL;
    int found = 0;
    if (fm_device_list_create(&list, NULL))
        return 0;
    for (size_t i = 0; !found && i < fm_device_list_count(list); i++) {
        const fm_device_info *info = fm_device_list_get(list, i);
        found = !strcmp(info->name, recorded->device) &&
                !strcmp(info->platform, recorded->platform) &&
                !strcmp(fm_device_type_name(info->type), recorded->device_type);
        snprintf(number, 16, "%d", info->number);
    }
    fm_device_list_free(list);
    return found;
}

int cli_train_reopen_session(cli_train_job *j, const cli_arguments *arguments, fm_error *error) {
    cli_common common = j->settings->common;
    int status = FM_E_DEVICE;
    if (!cli_options_given(arguments, "device")) {
        char number[16];
        common.device = find_device(number, j->recorded) ? number : j->recorded->device;
        status = open_session(j, &common, error);
        common.device = NULL;
    }
    /* The device is not available, or the user asked for another. */
    if (status == FM_E_DEVICE) {
        common.device = j->settings->common.device;
        status = open_session(j, &common, error);
    }
    if (!status)
        status = check_data(j, error);
    if (!status)
        compare_device(j);
    return status;
}
