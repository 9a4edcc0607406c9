/* The inputs of eval, predict and export: weights from a file or a run folder, and a set of images.
 */
#ifndef FM_CLI_CHECKPOINT_H
#define FM_CLI_CHECKPOINT_H

#include "cli/command.h"
#include "cli/session.h"
#include "cli/sets.h"
#include "cli/settings.h"
#include "fmnist_cl/network.h"
#include "fmnist_cl/run_folder.h"

/* Values of cli_selection_options. */
typedef struct cli_selection {
    enum cli_set set;
    fm_settings given; /* split and loss */
} cli_selection;

extern const fm_option cli_selection_options[];

/* A network on a device, and the set to evaluate. */
typedef struct cli_checkpoint {
    cli_session session;
    fm_network *network;
    cli_images images;        /* at least one image; empty without a selection */
    fm_train_options options; /* split, seed and loss in force */
    fm_run_settings run;      /* of the run folder in which the file is */
    int has_run;              /* it is in one */
} cli_checkpoint;

/* Reads the weights of path, a safetensors file, or a folder: then its last.safetensors. Checks
 * that they fit Fashion-MNIST. Free with fm_weights_free. */
int cli_checkpoint_load(fm_weights **out, const char *path, fm_error *error);

/* The first data file that is another than the run's, whether plain or compressed; NULL: none. */
const char *cli_checkpoint_other_data(const fm_dataset *dataset, const fm_run_settings *run);

/* FM_E_FORMAT if the network, which was read from `path`, does not fit Fashion-MNIST's images and
 * classes. */
int cli_checkpoint_check_network(const fm_architecture *architecture, const char *path,
                                 fm_error *error);

/* Loads `path`, creates the network on the device, and selects the images. If the file is in a run
 * folder, split, seed and loss are those of the run; options on the command line override them. If
 * selection is NULL, no data set is needed. On failure nothing stays open. Close with
 * cli_checkpoint_close. */
int cli_checkpoint_open(cli_checkpoint *out, const char *path, const cli_selection *selection,
                        const cli_common *common, const cli_arguments *arguments, fm_error *error);
void cli_checkpoint_close(cli_checkpoint *checkpoint);

#endif
