/* Going on with a run: its folder says how it is trained; what the user gives must say the same. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cli/checkpoint.h"
#include "cli/message.h"
#include "cli/train_job.h"
#include "fmnist_cl/version.h"

/* ---- Options ---- */

static int refuse(const fm_option *row, const char *there, const char *path, fm_error *error) {
    fm_error_set(error, FM_E_ARGUMENT, row->name,
                 "the run in %s has %s%s; with another it would be another run", path,
                 row->kind == FM_OPTION_FLAG ? "it " : "", there);
    fm_error_hint(error, "leave the option out, or train anew without --resume");
    return cli_option_error(FM_E_ARGUMENT, error);
}

static int planned(const fm_option *row, const char *there, const char *path, fm_error *error) {
    fm_error_set(error, FM_E_ARGUMENT, row->name,
                 "the run in %s is planned for %s; it can be given more, not fewer", path, there);
    return cli_option_error(FM_E_ARGUMENT, error);
}

/* What was given must be what the run has; or more, where a run can be given more. */
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
        return fm_error_set(error, FM_E_ARGUMENT, "--run",
                            "a run that is gone on with stays in its folder");
    if (s->init)
        return fm_error_set(error, FM_E_ARGUMENT, "--init",
                            "the run in %s has weights of its own by now", path);
    if (s->config)
        return fm_error_set(error, FM_E_ARGUMENT, "--config",
                            "the run in %s has settings of its own by now", path);
    if (s->dump_config)
        return fm_error_set(error, FM_E_ARGUMENT, "--dump-config",
                            "the settings of the run are in %s/config.json", path);
    return FM_OK;
}

int cli_train_take_up(cli_train_job *j, const cli_arguments *arguments, fm_error *error) {
    const cli_train_settings *s = j->settings;
    int status = fm_memory_allocate(&j->begun, 1, sizeof *j->begun, "the run's settings", error);
    if (!status)
        status = fm_run_folder_open(&j->folder, &j->state, j->begun, s->resume, error);
    if (status)
        return status;
    const char *path = fm_run_folder_path(j->folder);
    const fm_settings theirs = {*fm_weights_architecture(j->state->weights), j->begun->options};
    fm_settings ours = theirs;
    status = check_others(s, path, error);
    if (!status)
        status = cli_checkpoint_check_network(&theirs.architecture, path, error);
    if (!status)
        status = cli_settings_apply(&ours, &s->given, s->common.seed, arguments, error);
    if (!status)
        status = check_settings(&theirs, &ours, path, arguments, error);
    j->options = ours.options;
    j->gemm = cli_options_given(arguments, "gemm") ? s->gemm : j->begun->gemm;
    j->init = j->begun->init[0] ? j->begun->init : NULL;
    return status;
}

/* ---- Device and data ---- */

static int check_data(const cli_train_job *j, fm_error *error) {
    for (size_t i = 0; i < FM_DATA_FILES; i++) {
        const fm_data_file *file = fm_dataset_file(j->session.dataset, i);
        if (!strcmp(file->sha256, j->begun->sha256[i]))
            continue;
        fm_error_set(error, FM_E_ARGUMENT, fm_dataset_folder(j->session.dataset),
                     "%s is not the file that the run was begun with: its SHA-256 is another",
                     file->name);
        return fm_error_hint(error, "name that folder with --data");
    }
    return FM_OK;
}

/* Where the bits will be others than on the device so far, it is said. */
static void compare_device(const cli_train_job *j) {
    const fm_device_info *info = fm_device_get_info(j->session.device);
    const fm_run_settings *b = j->begun;
    const char *why = NULL;
    if (strcmp(info->name, b->device) != 0 || strcmp(info->platform, b->platform) != 0)
        why = "another device";
    else if (strcmp(info->driver, b->driver) != 0)
        why = "another driver";
    else if (strcmp(FM_VERSION, b->version) != 0)
        why = "another version of fmnist-cl";
    else if (fm_device_get_kernels(j->session.device).products != b->products)
        why = "another --gemm";
    if (why)
        cli_warning("this is %s than the run had so far (%s, driver %s, fmnist-cl %s, --gemm %s): "
                    "it goes on, but not bit for bit as it would have there",
                    why, b->device, b->driver[0] ? b->driver : "none", b->version,
                    fm_gemm_name(b->products));
}

/* With auto the products stay whose they were, whatever was tuned since; where those are not to be
 * had they are another's. */
static int open_session(cli_train_job *j, const cli_common *common, fm_error *error) {
    int status = cli_train_open_session(
        j, common, j->gemm == FM_GEMM_AUTO ? j->begun->products : j->gemm, error);
    if (status == FM_E_ARGUMENT && j->gemm == FM_GEMM_AUTO)
        status = cli_train_open_session(j, common, FM_GEMM_AUTO, error);
    return status;
}

/* The run's own device, by all that is known of it; 0 when it is not here. */
static int find_device(char number[16], const fm_run_settings *begun) {
    fm_device_list *list = NULL;
    int found = 0;
    if (fm_device_list_create(&list, NULL))
        return 0;
    for (size_t i = 0; !found && i < fm_device_list_count(list); i++) {
        const fm_device_info *info = fm_device_list_get(list, i);
        found = !strcmp(info->name, begun->device) && !strcmp(info->platform, begun->platform) &&
                !strcmp(fm_device_type_name(info->type), begun->device_type);
        snprintf(number, 16, "%d", info->number);
    }
    fm_device_list_free(list);
    return found;
}

int cli_train_open_again(cli_train_job *j, const cli_arguments *arguments, fm_error *error) {
    cli_common common = j->settings->common;
    int status = FM_E_DEVICE;
    if (!cli_options_given(arguments, "device")) {
        char number[16];
        common.device = find_device(number, j->begun) ? number : j->begun->device;
        status = open_session(j, &common, error);
        common.device = NULL;
    }
    /* That device is not here, or another one was asked for. */
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
