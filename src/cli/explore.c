/* explore: one experiment, gone on with where it stopped. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cli/command.h"
#include "cli/device_check.h"
#include "cli/interrupt.h"
#include "cli/lab.h"
#include "cli/message.h"
#include "cli/settings.h"
#include "fmnist_cl/study_report.h"

typedef struct settings {
    cli_common common;
    fm_settings given;
    enum fm_gemm gemm;
    const char *values, *run;
    size_t seeds;
    int no_check;
} settings;

#define AT(member) offsetof(settings, member)

static const fm_option experiment_options[] = {
    {"values", FM_OPTION_TEXT, 0, "A,B,C", NULL, "what is tried [the study's own: see above]",
     .offset = AT(values)},
    CLI_SEEDS_OPTION(AT(seeds)),
    {"run", FM_OPTION_TEXT, 0, "DIR", NULL,
     "folder of the journal and the results; the experiment in it is gone on with "
     "[runs/explore-NAME]",
     .offset = AT(run)},
    CLI_LAB_GEMM_OPTION(AT(gemm)),
    CLI_NO_CHECK_OPTION(AT(no_check)),
    {.name = NULL},
};

static const cli_group groups[] = {
    {"Experiment", experiment_options, 0, 0},
    CLI_SETTINGS_GROUP("Network, held fixed", AT(given), FM_SETTINGS_NETWORK),
    CLI_SETTINGS_GROUP("Training, held fixed", AT(given), FM_SETTINGS_TRAINING),
    CLI_COMMON_GROUP,
    {NULL, NULL, 0, 0}};

static int check_not_given(enum fm_factor factor, const cli_arguments *arguments, fm_error *error) {
    char what[32];
    if (!cli_options_given(arguments, fm_factor_name(factor)))
        return FM_OK;
    snprintf(what, sizeof what, "--%s", fm_factor_name(factor));
    fm_error_set(error, FM_E_ARGUMENT, what, "is what this experiment varies");
    return fm_error_hint(error, "give its values with --values");
}

static int make_plan(fm_plan *plan, const settings *s, const cli_arguments *arguments,
                     size_t images, fm_error *error) {
    enum fm_factor factor;
    fm_settings fixed;
    fm_settings_init(&fixed);
    int status = fm_factor_parse(&factor, arguments->operands[0], error);
    if (!status)
        status = check_not_given(factor, arguments, error);
    if (!status)
        status = cli_settings_apply(&fixed, &s->given, s->common.seed, arguments, error);
    if (status)
        return status;
    cli_settings_warn_unused(&fixed, arguments);
    status = fm_plan_create(plan, factor, s->values, &fixed, s->seeds, images, error);
    return cli_option_error(status, error);
}

static int explore(fm_experiment *experiment, cli_lab *lab, fm_error *error) {
    const fm_lab_observer observer = cli_lab_observer(lab);
    const size_t left = fm_experiment_left(experiment);
    const size_t all = fm_experiment_trial_count(experiment);
    cli_lab_compare_device(lab, experiment);
    if (left && lab->common->verbosity >= 0)
        cli_note("%zu trials%s on %s, into %s", left, left < all ? " are left" : "",
                 lab->device->name, fm_experiment_folder(experiment));
    int status = left ? fm_experiment_run(experiment, lab->pool, NULL, &observer, error) : FM_OK;
    cli_lab_clear_line(lab);
    return status == FM_E_INTERRUPTED
               ? cli_lab_interrupted(lab, fm_experiment_folder(experiment), error)
               : status;
}

static int finish(const fm_experiment *experiment, const cli_lab *lab, const settings *s,
                  const char *command, fm_error *error) {
    char *json = NULL;
    fm_conclusion *conclusion = NULL;
    int status = fm_experiment_write_results(&json, experiment, error);
    if (!status)
        status = fm_memory_allocate(&conclusion, 1, sizeof *conclusion, "the conclusion", error);
    if (!status) {
        const fm_report_basis basis = {lab->dataset, lab->device, s->gemm, command};
        fm_experiment_conclude(conclusion, experiment);
        status = fm_experiment_report_write(experiment, conclusion, &basis, error);
    }
    if (!status && s->common.json) {
        fputs(json, stdout);
    } else if (!status) {
        cli_lab_print(experiment, conclusion);
        status = cli_lab_draw(experiment, conclusion, error);
        fputs("\nresults: ", stdout);
        cli_print_clean(stdout, fm_experiment_folder(experiment), 0);
        fputs("/report.html, results.csv, experiment.json\n", stdout);
    }
    free(conclusion);
    free(json);
    return status;
}

static int run(void *value, const cli_arguments *arguments, fm_error *error) {
    const settings *s = value;
    cli_lab lab = {.common = &s->common};
    fm_plan *plan = NULL;
    fm_experiment *experiment = NULL;
    char folder[64];
    enum fm_factor factor;
    /* What is wrong in the words comes before anything slow. */
    int status = fm_factor_parse(&factor, arguments->operands[0], error);
    if (!status)
        status = fm_memory_allocate(&plan, 1, sizeof *plan, "the plan", error);
    if (!status)
        status = cli_lab_open(&lab, &s->common, s->gemm, !s->no_check, error);
    if (!status)
        status = make_plan(plan, s, arguments, fm_dataset_train(lab.dataset).count, error);
    if (status)
        goto out;
    snprintf(folder, sizeof folder, "runs/explore-%s", fm_factor_name(factor));
    cli_interrupt_catch();
    status = fm_experiment_open(&experiment, s->run ? s->run : folder, plan, lab.dataset,
                                fm_dataset_train(lab.dataset).count, lab.device, s->gemm, error);
    if (!status)
        status = explore(experiment, &lab, error);
    if (!status)
        status = finish(experiment, &lab, s, arguments->line, error);
    if (!status)
        status = fm_experiment_check(experiment, error);
out:
    fm_experiment_close(experiment);
    cli_lab_close(&lab);
    free(plan);
    return status;
}

/* Each with its usual values; of many, the first and the last. */
static void list_experiments(FILE *out) {
    enum { MOST = 60, SOME = 6 };
    for (const fm_option *row = fm_settings_table; row->name; row++) {
        const char *values = row->explore.values;
        if (values && strlen(values) <= MOST)
            fprintf(out, "  %-11s %s\n", row->name, values);
        else if (values)
            fprintf(out, "  %-11s %.*s...%s\n", row->name, SOME, values, strrchr(values, ','));
    }
}

const cli_command cli_explore = {
    .name = "explore",
    .operands = "EXPERIMENT",
    .operand_count = 1,
    .summary = "Varies one setting and says which value is best on validation data.",
    .about =
        "Each value is trained with several seeds. Stopped at any moment, the same command goes\n"
        "on; over a finished experiment it only prints. Its folder gets a report.html,\n"
        "results.csv and experiment.json. The test set is not used. Seconds are\n"
        "those of the whole device: of a trial that shares it, its part.\n\n"
        "EXPERIMENT and the values that it tries unless --values says others:",
    .list = list_experiments,
    .groups = groups,
    .settings_size = sizeof(settings),
    .run = run,
};
