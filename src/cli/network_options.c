#include "cli/network_options.h"

#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "fmnist_cl/dataset.h"

static int parse_width(size_t *out, const char *text, size_t length, fm_error *error) {
    char piece[32];
    snprintf(piece, sizeof piece, "%.*s", (int)(length < 31 ? length : 31), text);
    uint64_t number;
    int below;
    int status = fm_number_whole(&number, &below, piece, error);
    if (status)
        return status;
    if (number < 1)
        return fm_error_set(error, FM_E_ARGUMENT, "", "a width of %s is below 1", piece);
    if (number > FM_MAX_WIDTH)
        return fm_error_set(error, FM_E_ARGUMENT, "", "a width of %s is above %d", piece,
                            FM_MAX_WIDTH);
    *out = (size_t)number;
    return FM_OK;
}

/* "256,256", or "none" */
static int parse_widths(void *value, const char *text, fm_error *error) {
    cli_widths widths = {0, {0}};
    for (const char *at = text; strcmp(text, "none") != 0; at++) {
        size_t length = strcspn(at, ",");
        if (widths.count == FM_MAX_HIDDEN)
            return fm_error_set(error, FM_E_ARGUMENT, "", "more than %d hidden layers",
                                FM_MAX_HIDDEN);
        int status = parse_width(&widths.width[widths.count++], at, length, error);
        if (status)
            return status;
        at += length;
        if (!*at)
            break;
    }
    *(cli_widths *)value = widths;
    return FM_OK;
}

static int parse_activation(void *value, const char *text, fm_error *error) {
    return fm_activation_parse(value, text, error);
}

#define AT(member) offsetof(cli_network, member)

const cli_option cli_network_options[] = {
    {"hidden", CLI_PARSED, 0, "W,W,...", "256,256", "widths of the hidden layers, or none",
     .offset = AT(hidden), .parse = parse_widths},
    {"layers", CLI_SIZE, 0, "N", "2", "instead of --hidden: how many hidden layers",
     .offset = AT(layers), .high = FM_MAX_HIDDEN},
    {"nodes", CLI_SIZE, 0, "N", "256", "instead of --hidden: nodes in each of them",
     .offset = AT(nodes), .low = 1, .high = FM_MAX_WIDTH},
    {"activation", CLI_PARSED, 0, "A", "relu", "relu, prelu, elu or identity",
     .offset = AT(activation), .parse = parse_activation},
    {.name = NULL},
};

int cli_network_architecture(fm_architecture *out, const cli_network *network,
                             const cli_arguments *arguments, fm_error *error) {
    int by_number = cli_options_given(arguments, "layers") || cli_options_given(arguments, "nodes");
    if (by_number && cli_options_given(arguments, "hidden"))
        return fm_error_set(error, FM_E_ARGUMENT, "--hidden",
                            "says the same as --layers and --nodes; give one or the other");
    *out = (fm_architecture){.inputs = FM_PIXELS,
                             .outputs = FM_CLASSES,
                             .hidden_count = by_number ? network->layers : network->hidden.count,
                             .activation = network->activation};
    for (size_t i = 0; i < out->hidden_count; i++)
        out->hidden[i] = by_number ? network->nodes : network->hidden.width[i];
    return fm_architecture_check(out, error);
}

int cli_network_check_loaded(const fm_architecture *architecture, const char *path,
                             fm_error *error) {
    if (architecture->inputs != FM_PIXELS || architecture->outputs != FM_CLASSES)
        return fm_error_set(error, FM_E_FORMAT, path,
                            "a network from %zu to %zu, where Fashion-MNIST needs %d to %d",
                            architecture->inputs, architecture->outputs, FM_PIXELS, FM_CLASSES);
    return FM_OK;
}

void cli_network_run_name(char *out, size_t size, const fm_architecture *architecture) {
    enum { MOST_LISTED = 4 };
    const size_t count = architecture->hidden_count;
    size_t same = 1;
    while (same < count && architecture->hidden[same] == architecture->hidden[0])
        same++;
    size_t at = (size_t)snprintf(out, size, count ? "mlp" : "linear");
    if (count > MOST_LISTED && same == count)
        snprintf(out + at, size - at, "-%zux%zu", count, architecture->hidden[0]);
    else if (count > MOST_LISTED)
        snprintf(out + at, size - at, "-%zu-layers", count);
    for (size_t i = 0; count <= MOST_LISTED && i < count && at < size; i++)
        at += (size_t)snprintf(out + at, size - at, "-%zu", architecture->hidden[i]);
}
