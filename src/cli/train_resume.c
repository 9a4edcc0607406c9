/* Going on with a run: its folder says how it is trained; what the user gives must say the same. */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "cli/message.h"
#include "cli/train.h"
#include "fmnist_cl/version.h"

/* ---- Options ---- */

static int refuse(const char *option, const char *there, const char *path, fm_error *error) {
    char what[64];
    snprintf(what, sizeof what, "--%s", option);
    fm_error_set(error, FM_E_ARGUMENT, what,
                 "the run in %s has %s; with another it would be "
                 "another run",
                 path, there);
    return fm_error_hint(error, "leave the option out, or train anew without --resume");
}

/* Both as values of the option; whether they are the same, and how theirs is written. */
static int is_same(char there[64], const cli_option *option, const cli_training *theirs,
                   const cli_training *ours) {
    const void *a = (const char *)theirs + option->offset, *b = (const char *)ours + option->offset;
    switch (option->kind) {
    case CLI_SIZE:
        snprintf(there, 64, "%zu", *(const size_t *)a);
        return *(const size_t *)a == *(const size_t *)b;
    case CLI_REAL:
        snprintf(there, 64, "%.9g", *(const double *)a);
        return *(const double *)a == *(const double *)b;
    case CLI_FLAG:
        snprintf(there, 64, "it %s", *(const int *)a ? "on" : "off");
        return !*(const int *)a == !*(const int *)b;
    default: /* --loss and --optimizer */
        snprintf(there, 64, "%s",
                 strcmp(option->name, "loss") ? fm_optimizer_name(theirs->options.optimizer.kind)
                                              : fm_loss_name(theirs->options.loss));
        return strcmp(option->name, "loss")
                   ? theirs->options.optimizer.kind == ours->options.optimizer.kind
                   : theirs->options.loss == ours->options.loss;
    }
}

static int check_training(const cli_train_job *j, const char *path, const cli_arguments *arguments,
                          fm_error *error) {
    const cli_training *ours = &j->settings->training;
    const fm_train_options *run = &j->begun->options;
    const cli_training theirs = {*run, (size_t)run->max_steps, !run->shuffle};
    for (const cli_option *o = cli_training_options; o->name; o++) {
        char there[64];
        if (!strcmp(o->name, "epochs") || !cli_options_given(arguments, o->name) ||
            is_same(there, o, &theirs, ours))
            continue;
        if (!strcmp(o->name, "max-steps") && !theirs.max_steps)
            snprintf(there, sizeof there, "none");
        return refuse(o->name, there, path, error);
    }
    return FM_OK;
}

static int check_others(const cli_train_job *j, const char *path, const cli_arguments *arguments,
                        fm_error *error) {
    const cli_train_settings *s = j->settings;
    const fm_train_options *run = &j->begun->options;
    if (s->run)
        return fm_error_set(error, FM_E_ARGUMENT, "--run",
                            "a run that is gone on with stays in its folder");
    if (s->init)
        return fm_error_set(error, FM_E_ARGUMENT, "--init",
                            "the run in %s has weights of its own by now", path);
    if (cli_options_given(arguments, "seed") && s->common.seed != run->seed) {
        char there[32];
        snprintf(there, sizeof there, "%llu", (unsigned long long)run->seed);
        return refuse("seed", there, path, error);
    }
    if (cli_options_given(arguments, "epochs") && s->training.options.epochs < run->epochs)
        return fm_error_set(error, FM_E_ARGUMENT, "--epochs",
                            "the run in %s is planned for %zu; it can be given more, not fewer",
                            path, run->epochs);
    return FM_OK;
}

static int check_network(const cli_train_job *j, const char *path, const cli_arguments *arguments,
                         fm_error *error) {
    fm_architecture wanted;
    int status = cli_network_architecture(&wanted, &j->settings->network, arguments, error);
    return status ? status
                  : cli_train_check_network(fm_weights_architecture(j->state->weights), &wanted,
                                            path, arguments, error);
}

int cli_train_take_up(cli_train_job *j, const cli_arguments *arguments, fm_error *error) {
    const cli_train_settings *s = j->settings;
    int status = fm_memory_allocate(&j->begun, 1, sizeof *j->begun, "the run's settings", error);
    if (!status)
        status = fm_run_folder_open(&j->folder, &j->state, j->begun, s->resume, error);
    if (status)
        return status;
    const char *path = fm_run_folder_path(j->folder);
    status = check_others(j, path, arguments, error);
    if (!status)
        status = check_training(j, path, arguments, error);
    if (!status)
        status = check_network(j, path, arguments, error);
    j->options = j->begun->options;
    if (cli_options_given(arguments, "epochs"))
        j->options.epochs = s->training.options.epochs;
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
