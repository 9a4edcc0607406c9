#include "cli/checkpoint.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/message.h"
#include "cli/network_options.h"
#include "fmnist_cl/run_folder.h"

enum { PATH_SIZE = 4096 };

#define AT(member) offsetof(cli_selection, member)

const cli_option cli_selection_options[] = {
    {"set", CLI_PARSED, 0, "S", "test", "train, val or test", .offset = AT(set),
     .parse = cli_set_parse},
    {"val-fraction", CLI_REAL, 0, "X", "0.2",
     "part of the training file that is the validation set; in a run folder, the run's",
     .offset = AT(val_fraction), .high = 1, .high_open = 1},
    {"no-shuffle", CLI_FLAG, 0, NULL, NULL,
     "split in file order; in a run folder, as the run did [at random]", .offset = AT(in_order),
     .value = 1},
    {.name = NULL},
};

/* The file to read and the folder it lies in. */
static int resolve(char file[PATH_SIZE], char folder[PATH_SIZE], const char *path,
                   fm_error *error) {
    struct stat info = {.st_mode = 0};
    int is_missing = stat(path, &info), why = errno;
    int is_folder = !is_missing && S_ISDIR(info.st_mode);
    int length = snprintf(file, PATH_SIZE, "%s%s", path, is_folder ? "/last.safetensors" : "");
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

static int settle_options(fm_train_options *out, const char *folder, const cli_selection *selection,
                          const cli_common *common, const cli_arguments *arguments,
                          fm_error *error) {
    int found;
    fm_train_options_init(out);
    int status = fm_run_folder_read_settings(out, &found, folder, error);
    if (!found || cli_options_given(arguments, "seed"))
        out->seed = common->seed;
    if (!found || cli_options_given(arguments, "val-fraction"))
        out->val_fraction = selection->val_fraction;
    if (!found || cli_options_given(arguments, "no-shuffle"))
        out->shuffle = !selection->in_order;
    return status;
}

static int open_set(cli_checkpoint *out, enum cli_set set, fm_error *error) {
    int status = cli_images_select(&out->images, out->session.dataset, set, &out->options, error);
    if (!status && out->images.view.count == 0)
        status = fm_error_set(error, FM_E_ARGUMENT, "--set", "the %s set holds no image",
                              cli_set_name(set));
    return status;
}

static int load(fm_weights **out, const char *file, fm_error *error) {
    int status = fm_weights_load(out, file, error);
    return status ? status : cli_network_check_loaded(fm_weights_architecture(*out), file, error);
}

int cli_checkpoint_load(fm_weights **out, const char *path, fm_error *error) {
    char file[PATH_SIZE], folder[PATH_SIZE];
    *out = NULL;
    int status = resolve(file, folder, path, error);
    if (!status)
        status = load(out, file, error);
    if (status) {
        fm_weights_free(*out);
        *out = NULL;
    }
    return status;
}

int cli_checkpoint_open(cli_checkpoint *out, const char *path, const cli_selection *selection,
                        const cli_common *common, const cli_arguments *arguments, fm_error *error) {
    char file[PATH_SIZE], folder[PATH_SIZE];
    fm_weights *weights = NULL;
    *out = (cli_checkpoint){.network = NULL};
    int status = resolve(file, folder, path, error);
    if (!status)
        status = load(&weights, file, error);
    if (!status && selection)
        status = settle_options(&out->options, folder, selection, common, arguments, error);
    if (!status && selection)
        status = cli_session_open(&out->session, common, FM_GEMM_AUTO, NULL, error);
    else if (!status)
        status = cli_session_open_device(&out->session, common, FM_GEMM_AUTO, error);
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
