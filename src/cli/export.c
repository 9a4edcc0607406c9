/* export: writes a checkpoint as a file for other programs. */
#include <stdio.h>
#include <string.h>

#include "base/count.h"
#include "cli/checkpoint.h"
#include "cli/json.h"
#include "cli/message.h"
#include "fmnist_cl/onnx.h"
#include "io/json.h"

typedef struct settings {
    cli_common common;
    enum fm_activation activation;
} settings;

static const fm_option network_options[] = {CLI_ACTIVATION_OPTION(offsetof(settings, activation)),
                                            {.name = NULL}};

static const cli_group groups[] = {
    {"Network", network_options, 0, 0}, CLI_COMMON_GROUP, {NULL, NULL, 0, 0}};

static const struct format {
    const char *extension, *name;
    int (*write)(const fm_weights *weights, const char *path, fm_error *error);
} formats[] = {
    {".onnx", "onnx", fm_onnx_write},
    {".safetensors", "safetensors", fm_weights_save},
};

/* The format, from the end of the file's name. */
static int choose(const struct format **out, const char *path, fm_error *error) {
    for (size_t i = 0; i < FM_COUNT(formats); i++) {
        size_t length = strlen(path), extension = strlen(formats[i].extension);
        *out = &formats[i];
        if (length > extension && !strcmp(path + length - extension, formats[i].extension))
            return FM_OK;
    }
    return fm_error_set(error, FM_E_ARGUMENT, path,
                        "unknown format; the name must end in .onnx or .safetensors");
}

static int print_result(const cli_common *common, const struct format *format, const char *path,
                        const fm_architecture *architecture, fm_error *error) {
    const size_t parameters = fm_architecture_parameter_count(architecture);
    char network[512];
    fm_architecture_text(network, sizeof network, architecture);
    if (common->json)
        return cli_json_print(json_pack("{s:o, s:s, s:s, s:s, s:I}", "file", fm_json_text(path),
                                        "format", format->name, "network", network, "activation",
                                        fm_activation_name(architecture->activation), "parameters",
                                        (json_int_t)parameters),
                              error);
    printf("%s, %s, %zu parameters: ", network, fm_activation_name(architecture->activation),
           parameters);
    cli_print_clean(stdout, path);
    putchar('\n');
    return FM_OK;
}

static int run(void *value, const cli_arguments *arguments, fm_error *error) {
    const settings *s = value;
    const char *path = arguments->operands[1];
    const struct format *format;
    fm_weights *weights = NULL;
    const enum fm_activation *activation =
        cli_options_given(arguments, "activation") ? &s->activation : NULL;
    int status = choose(&format, path, error);
    if (!status)
        status = cli_checkpoint_load(&weights, arguments->operands[0], activation, error);
    if (!status)
        status =
            cli_checkpoint_check_activation(weights, activation, arguments->operands[0], error);
    if (!status)
        status = format->write(weights, path, error);
    if (!status)
        status = print_result(&s->common, format, path, fm_weights_architecture(weights), error);
    fm_weights_free(weights);
    return status;
}

const cli_command cli_export = {
    .name = "export",
    .operands = "CHECKPOINT FILE.onnx|FILE.safetensors",
    .operand_count = 2,
    .summary = "Writes a checkpoint as a file that other programs read.",
    .about =
        "CHECKPOINT is a safetensors file, or a run folder: then its last.safetensors.\n\n"
        "FILE.onnx maps pixels from 0 to 255 to logits: input \"pixels\", float\n"
        "[batch, 784], output \"logits\", float [batch, 10], any batch; IR version 8, opset 17.\n"
        "FILE.safetensors contains weights with the names of a PyTorch nn.Sequential, for\n"
        "load_state_dict. export needs no device.",
    .groups = groups,
    .settings_size = sizeof(settings),
    .run = run,
};
