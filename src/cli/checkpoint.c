#include "cli/checkpoint.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/message.h"

enum { PATH_SIZE = 4096 };

#define AT(member) offsetof(cli_selection, member)

const fm_option cli_selection_options[] = {
    {"set", FM_OPTION_CHOICE, 0, "S", "test", "train, val or test", .offset = AT(set),
     .names = cli_set_names},
    {.name = NULL},
};

/* The weights in a folder: of a run, or of a program that saves models in folders. */
static const char *file_in(const char *folder) {
    char ours[PATH_SIZE], theirs[PATH_SIZE];
    snprintf(ours, sizeof ours, "%s/last.safetensors", folder);
    snprintf(theirs, sizeof theirs, "%s/model.safetensors", folder);
    return access(ours, F_OK) != 0 && access(theirs, F_OK) == 0 ? "/model.safetensors"
                                                                : "/last.safetensors";
}

/* The file to read, and its folder. */
static int resolve(char file[PATH_SIZE], char folder[PATH_SIZE], const char *path,
                   fm_error *error) {
    struct stat info = {.st_mode = 0};
    int is_missing = stat(path, &info), why = errno;
    int is_folder = !is_missing && S_ISDIR(info.st_mode);
    int length = snprintf(file, PATH_SIZE, "%s%s", path, is_folder ? file_in(path) : "");
    if (length < 0 || length >= PATH_SIZE)
        return fm_error_set(error, FM_E_FILE, path, "the name is too long");
    if (is_missing)
        return fm_error_set(error, FM_E_FILE, path, "cannot open: %s", strerror(why));
    const char *slash = strrchr(file, '/');
    if (slash)
        snprintf(folder, PATH_SIZE, "%.*s", slash == file ? 1 : (int)(slash - file), file);
    else
        snprintf(folder, PATH_SIZE, ".");
    return FM_OK;
}

static int settle_options(cli_checkpoint *out, const char *folder, const cli_selection *selection,
                          const cli_common *common, const cli_arguments *arguments,
                          fm_error *error) {
    fm_settings settings;
    fm_settings_init(&settings);
    int status = fm_run_folder_read_settings(&out->run, &out->has_run, folder, error);
    if (!status && out->has_run)
        settings.options = out->run.options;
    if (!status)
        status = cli_settings_apply(&settings, &selection->given, common->seed, arguments, error);
    out->options = settings.options;
    return status;
}

const char *cli_checkpoint_other_data(const fm_dataset *dataset, const fm_run_settings *run) {
    const int has_content = run->content_sha256[0][0] != '\0'; /* not in older runs */
    if (!has_content && !run->sha256[0][0])                    /* nor in files of other programs */
        return NULL;
    for (size_t i = 0; i < FM_DATA_FILES; i++) {
        const fm_data_file *file = fm_dataset_file(dataset, i);
        if (has_content ? strcmp(file->content_sha256, run->content_sha256[i]) != 0
                        : strcmp(file->sha256, run->sha256[i]) != 0)
            return file->name;
    }
    return NULL;
}

static void warn_of_other_data(const cli_checkpoint *checkpoint) {
    const fm_dataset *dataset = checkpoint->session.dataset;
    const char *name =
        checkpoint->has_run ? cli_checkpoint_other_data(dataset, &checkpoint->run) : NULL;
    if (name)
        cli_warning("%s/%s differs from the file that the network was trained with",
                    fm_dataset_folder(dataset), name);
}

static int open_set(cli_checkpoint *out, enum cli_set set, fm_error *error) {
    int status = cli_images_select(&out->images, out->session.dataset, set, &out->options, error);
    if (!status && out->images.view.count == 0)
        status =
            fm_error_set(error, FM_E_ARGUMENT, "--set", "the %s set is empty", cli_set_names[set]);
    return status;
}

int cli_checkpoint_check_network(const fm_architecture *architecture, const char *path,
                                 fm_error *error) {
    if (architecture->inputs != FM_PIXELS || architecture->outputs != FM_CLASSES)
        return fm_error_set(
            error, FM_E_FORMAT, path,
            "the network has %zu inputs and %zu outputs; Fashion-MNIST needs %d and %d",
            architecture->inputs, architecture->outputs, FM_PIXELS, FM_CLASSES);
    return FM_OK;
}

static void print_origin(const fm_weights_origin *origin, const char *file,
                         const fm_weights *weights, int is_given) {
    const char *activation = fm_activation_name(fm_weights_architecture(weights)->activation);
    if (origin->note[0])
        cli_note("%s: %s", file, origin->note);
    if (origin->lacks_activation && is_given)
        cli_note("%s does not tell its activation: %s, as --activation says", file, activation);
    else if (origin->lacks_activation)
        cli_note("%s does not tell its activation: %s is assumed; --activation names another one",
                 file, activation);
}

int cli_checkpoint_check_activation(const fm_weights *weights, const enum fm_activation *given,
                                    const char *path, fm_error *error) {
    const fm_architecture *architecture = fm_weights_architecture(weights);
    if (!given || !architecture->hidden_count || *given == architecture->activation)
        return FM_OK;
    fm_error_set(error, FM_E_ARGUMENT, "--activation", "the network in %s has --activation %s",
                 path, fm_activation_name(architecture->activation));
    return fm_error_hint(error, "the file determines the network; leave the option out");
}

static int load(fm_weights **out, const char *file, const enum fm_activation *activation,
                fm_error *error) {
    fm_weights_origin origin;
    int status = fm_weights_load_as(out, &origin, file, activation, error);
    if (!status)
        status = cli_checkpoint_check_network(fm_weights_architecture(*out), file, error);
    if (!status)
        print_origin(&origin, file, *out, activation != NULL);
    return status;
}

int cli_checkpoint_load(fm_weights **out, const char *path, const enum fm_activation *activation,
                        fm_error *error) {
    char file[PATH_SIZE], folder[PATH_SIZE];
    *out = NULL;
    int status = resolve(file, folder, path, error);
    if (!status)
        status = load(out, file, activation, error);
    if (status) {
        fm_weights_free(*out);
        *out = NULL;
    }
    return status;
}

int cli_checkpoint_open(cli_checkpoint *out, const char *path, const enum fm_activation *activation,
                        const cli_selection *selection, const cli_common *common,
                        const cli_arguments *arguments, fm_error *error) {
    char file[PATH_SIZE], folder[PATH_SIZE];
    fm_weights *weights = NULL;
    *out = (cli_checkpoint){.network = NULL};
    int status = resolve(file, folder, path, error);
    if (!status)
        status = load(&weights, file, activation, error);
    if (!status)
        status = cli_checkpoint_check_activation(weights, activation, file, error);
    if (!status && selection)
        status = settle_options(out, folder, selection, common, arguments, error);
    if (!status && selection)
        status = cli_session_open(&out->session, common, FM_GEMM_AUTO, NULL, error);
    else if (!status)
        status = cli_session_open_device(&out->session, common, FM_GEMM_AUTO, error);
    if (!status && selection)
        warn_of_other_data(out);
    if (!status && selection)
        status = open_set(out, selection->set, error);
    if (!status)
        status = fm_network_create(&out->network, out->session.device, weights,
                                   FM_NETWORK_PREDICTIONS, NULL, error);
    fm_weights_free(weights);
    if (status)
        cli_checkpoint_close(out);
    return status;
}

void cli_checkpoint_close(cli_checkpoint *checkpoint) {
    fm_network_free(checkpoint->network);
    cli_images_free(&checkpoint->images);
    cli_session_close(&checkpoint->session);
    checkpoint->network = NULL;
}
