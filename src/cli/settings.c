#include "cli/settings.h"

#include <string.h>

#include "cli/message.h"

int cli_settings_apply(fm_settings *settings, const fm_settings *given, uint64_t seed,
                       const cli_arguments *arguments, fm_error *error) {
    if (cli_options_given(arguments, "hidden") &&
        (cli_options_given(arguments, "layers") || cli_options_given(arguments, "nodes")))
        return fm_error_set(error, FM_E_ARGUMENT, "--hidden",
                            "cannot be combined with --layers or --nodes");
    for (size_t i = 0; i < arguments->given_count; i++) {
        const fm_option *option = arguments->given[i];
        if (fm_settings_find(option->name) == option)
            fm_option_copy(settings, given, option);
    }
    if (cli_options_given(arguments, "seed")) /* an option of every command */
        settings->options.seed = seed;
    const fm_optimizer *optimizer = &settings->options.optimizer;
    if (optimizer->kind == FM_SGD && optimizer->nesterov && optimizer->momentum <= 0)
        return fm_error_set(error, FM_E_ARGUMENT, "--nesterov", "needs --momentum above 0");
    return FM_OK;
}

int cli_settings_network(fm_architecture *out, const fm_settings *given,
                         const cli_arguments *arguments, fm_error *error) {
    fm_settings settings;
    fm_settings_init(&settings);
    int status = cli_settings_apply(&settings, given, 0, arguments, error);
    *out = settings.architecture;
    return status;
}

/* An option without effect is probably a mistake, but harmless. */
void cli_settings_warn_unused(const fm_settings *settings, const cli_arguments *arguments,
                              const char *varied) {
    for (const fm_option *row = fm_settings_table; row->name; row++)
        if ((cli_options_given(arguments, row->name) || (varied && !strcmp(row->name, varied))) &&
            !fm_settings_uses(settings, row))
            cli_warning("--%s has no effect on %s", row->name,
                        fm_settings_lacks_layers(settings, row)
                            ? "a network without hidden layers"
                            : fm_optimizer_name(settings->options.optimizer.kind));
}
