/* The arguments of every command, one per line, and their use in explore and train. */
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/settings.h"
#include "fmnist_cl/experiment.h"
#include "fuzz/fuzz.h"

enum { MOST_ARGUMENTS = 64, MOST_BYTES = 4096 };

typedef struct settings {
    cli_common common;
    fm_settings given;
    const char *values;
    size_t factor;
} settings;

static const fm_option own_options[] = {
    {"values", FM_OPTION_TEXT, 0, "A,B,C", NULL, "", .offset = offsetof(settings, values)},
    {"factor", FM_OPTION_SIZE, 0, "N", "0", "", .offset = offsetof(settings, factor),
     .high = FM_FACTORS - 1},
    {.name = NULL},
};

static const cli_group groups[] = {
    {"own", own_options, 0, 0},
    CLI_SETTINGS_GROUP("network", offsetof(settings, given), FM_SETTINGS_NETWORK),
    CLI_SETTINGS_GROUP("training", offsetof(settings, given), FM_SETTINGS_TRAINING),
    CLI_COMMON_GROUP,
    {NULL, NULL, 0, 0}};

static const cli_command *const commands[] = {&cli_train,   &cli_eval,  &cli_predict, &cli_show,
                                              &cli_explore, &cli_study, &cli_bench,   &cli_export,
                                              &cli_devices, &cli_tune};
enum { COMMANDS = sizeof commands / sizeof *commands };

/* Splits the text after the first byte into lines; returns their number. */
static int split(char *text, char **argv, const uint8_t *bytes, size_t size) {
    int argc = 0;
    size_t length = size - 1 < MOST_BYTES - 1 ? size - 1 : MOST_BYTES - 1;
    memcpy(text, bytes + 1, length);
    text[length] = '\0';
    for (char *at = text; at && argc < MOST_ARGUMENTS;) {
        argv[argc++] = at;
        at = strchr(at, '\n');
        if (at)
            *at++ = '\0';
    }
    return argc;
}

static int parse(cli_arguments *out, void *values, const cli_group *all, int argc, char **argv) {
    fm_error error = {0};
    int status = cli_options_parse(out, values, all, argc, argv, &error);
    if (status) {
        fuzz_require_error(status, &error);
        return status;
    }
    fuzz_require(out->operand_count <= argc && out->given_count <= CLI_MAX_OPTIONS,
                 "nothing is made up");
    for (const cli_group *g = all; g->options; g++)
        for (const fm_option *o = cli_group_next(g, NULL); o; o = cli_group_next(g, o))
            fuzz_require(!cli_options_given(out, o->name) ||
                             !fm_option_check((const char *)values + g->base, o, NULL),
                         "a value is in its range");
    return status;
}

/* Uses the parsed settings for a network and a plan. */
static void use(const settings *s, const cli_arguments *arguments) {
    static fm_plan plan;
    fm_error error = {0};
    fm_settings fixed;
    fm_settings_init(&fixed);
    int status = cli_settings_apply(&fixed, &s->given, 0, arguments, &error);
    if (!status) {
        fuzz_require(fixed.architecture.hidden_count <= FM_MAX_HIDDEN, "there is room for layers");
        status =
            fm_plan_create(&plan, (enum fm_factor)s->factor, s->values, &fixed, 1, 1000, &error);
    }
    if (status) {
        fuzz_require_error(status, &error);
        return;
    }
    for (size_t i = 0; i < plan.value_count; i++) {
        fm_settings setup;
        fm_plan_apply(&setup, &plan, i);
        fuzz_require(setup.architecture.hidden_count <= FM_MAX_HIDDEN, "there is room for layers");
        fuzz_require(!fm_train_options_check(&setup.options, 1000, &error), "it can be trained");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    static char text[MOST_BYTES];
    char *argv[MOST_ARGUMENTS];
    cli_arguments arguments;
    if (size == 0)
        return 0;
    int argc = split(text, argv, bytes, size);
    size_t which = bytes[0] % (COMMANDS + 1);
    if (which < COMMANDS) {
        void *values = calloc(1, commands[which]->settings_size);
        fuzz_require(values != NULL, "there is memory");
        (void)parse(&arguments, values, commands[which]->groups, argc, argv);
        free(values);
        return 0;
    }
    settings s = {.values = NULL};
    if (!parse(&arguments, &s, groups, argc, argv) && !arguments.help)
        use(&s, &arguments);
    return 0;
}
