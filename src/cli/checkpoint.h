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
#include "settings/enums.h"

/* Values of cli_selection_options. */
typedef struct cli_selection {
    enum cli_set set;
    fm_settings given; /* split and loss */
} cli_selection;

extern const fm_option cli_selection_options[];

/* Option of commands that read weights; `place` is the offset of an enum fm_activation. */
#define CLI_ACTIVATION_OPTION(place)                                                               \
    {                                                                                              \
        "activation", FM_OPTION_CHOICE, 0, "A", NULL,                                              \
            "activation of a network whose file does not tell it [relu]",                          \
            .offset = (place), .names = fm_activation_names                                        \
    }

/* A network on a device, and the set to evaluate. */
typedef struct cli_checkpoint {
    cli_session session;
    fm_network *network;
    cli_images images;        /* at least one image; empty without a selection */
    fm_train_options options; /* split, seed and loss in force */
    fm_run_settings run;      /* of the run folder in which the file is */
    int has_run;              /* it is in one */
} cli_checkpoint;

/* Reads the weights of path, a safetensors file, or a folder: then its last.safetensors, or the
 * model.safetensors of other programs. Checks that they fit Fashion-MNIST, and prints a line on
 * what differs from our files or is assumed. activation is the option's value, or NULL if it was
 * not given; it is used only if the file tells none. Free with fm_weights_free. */
int cli_checkpoint_load(fm_weights **out, const char *path, const enum fm_activation *activation,
                        fm_error *error);

/* FM_E_ARGUMENT if the activation, given as an option or NULL, contradicts the network. */
int cli_checkpoint_check_activation(const fm_weights *weights, const enum fm_activation *given,
                                    const char *path, fm_error *error);

/* The first data file that is another than the run's, whether plain or compressed; NULL: none. */
const char *cli_checkpoint_other_data(const fm_dataset *dataset, const fm_run_settings *run);

/* FM_E_FORMAT if the network, which was read from `path`, does not fit Fashion-MNIST's images and
 * classes. */
int cli_checkpoint_check_network(const fm_architecture *architecture, const char *path,
                                 fm_error *error);

/* Loads `path`, creates the network on the device, and selects the images. If the file is in a run
 * folder, split, seed and loss are those of the run; options on the command line override them. If
 * selection is NULL, no data set is needed. activation is the option's
 * value, or NULL; it must not contradict the file. On failure nothing stays open. Close with
 * cli_checkpoint_close. */
int cli_checkpoint_open(cli_checkpoint *out, const char *path, const enum fm_activation *activation,
                        const cli_selection *selection, const cli_common *common,
                        const cli_arguments *arguments, fm_error *error);
void cli_checkpoint_close(cli_checkpoint *checkpoint);

#endif
