/* The weights that a new training starts from. */
#include <stdio.h>
#include <string.h>

#include "base/count.h"
#include "cli/train.h"

static int same_hidden(const fm_architecture *a, const fm_architecture *b) {
    return a->hidden_count == b->hidden_count &&
           !memcmp(a->hidden, b->hidden, a->hidden_count * sizeof *a->hidden);
}

/* The file says how the network is built; options that say otherwise are a mistake. */
int cli_train_check_network(const fm_architecture *loaded, const fm_architecture *wanted,
                            const char *path, const cli_arguments *arguments, fm_error *error) {
    static const char *const widths[] = {"hidden", "layers", "nodes"};
    char text[64];
    int status = cli_network_check_loaded(loaded, path, error);
    fm_architecture_text(text, sizeof text, loaded);
    for (size_t i = 0; !status && i < FM_COUNT(widths); i++) {
        char what[16];
        snprintf(what, sizeof what, "--%s", widths[i]);
        if (cli_options_given(arguments, widths[i]) && !same_hidden(loaded, wanted))
            status =
                fm_error_set(error, FM_E_ARGUMENT, what, "the network in %s is %s", path, text);
    }
    if (!status && cli_options_given(arguments, "activation") && loaded->hidden_count > 0 &&
        loaded->activation != wanted->activation)
        status = fm_error_set(error, FM_E_ARGUMENT, "--activation", "the network in %s has %s",
                              path, fm_activation_name(loaded->activation));
    return status;
}

int cli_train_make_weights(fm_weights **out, const cli_train_settings *s,
                           const cli_arguments *arguments, fm_error *error) {
    fm_architecture architecture;
    int status = cli_network_architecture(&architecture, &s->network, arguments, error);
    if (status)
        return status;
    if (s->init) {
        status = fm_weights_load(out, s->init, error);
        return status ? status
                      : cli_train_check_network(fm_weights_architecture(*out), &architecture,
                                                s->init, arguments, error);
    }
    status = fm_weights_create(out, &architecture, error);
    if (!status)
        fm_weights_randomize(*out, s->common.seed);
    return status;
}
