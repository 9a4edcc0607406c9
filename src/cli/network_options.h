/* The options that say how a network is built, shared by train and bench. */
#ifndef FM_CLI_NETWORK_OPTIONS_H
#define FM_CLI_NETWORK_OPTIONS_H

#include "cli/options.h"
#include "fmnist_cl/architecture.h"

typedef struct cli_widths {
    size_t count;
    size_t width[FM_MAX_HIDDEN];
} cli_widths;

typedef struct cli_network {
    cli_widths hidden;
    size_t layers, nodes; /* the other way to say it */
    enum fm_activation activation;
} cli_network;

extern const cli_option cli_network_options[];

/* The network for Fashion-MNIST that the options describe. FM_E_ARGUMENT when they contradict each
 * other. */
int cli_network_architecture(fm_architecture *out, const cli_network *network,
                             const cli_arguments *arguments, fm_error *error);

/* FM_E_FORMAT when weights from the file path do not fit Fashion-MNIST's images and classes. */
int cli_network_check_loaded(const fm_architecture *architecture, const char *path,
                             fm_error *error);

/* What a run of it is called: "mlp-256-256", "mlp-8x512", "mlp-20-layers", "linear". */
void cli_network_run_name(char *out, size_t size, const fm_architecture *architecture);

#endif
