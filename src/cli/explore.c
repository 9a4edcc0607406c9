/* explore: runs one experiment, or resumes it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cli/command.h"
#include "cli/device_check.h"
#include "cli/experiment_runner.h"
#include "cli/interrupt.h"
#include "cli/message.h"
#include "cli/settings.h"
#include "fmnist_cl/study_report.h"

typedef struct settings {
    cli_common common;
    fm_settings given;
    enum fm_gemm gemm;
    const char *values, *run;
    size_t seeds, until_decided;
    double margin;
    int no_check;
} settings;

#define AT(member) offsetof(settings, member)

static const fm_option experiment_options[] = {
    {"values", FM_OPTION_TEXT, 0, "A,B,C", NULL, "values to try [the defaults above]",
     .offset = AT(values)},
    CLI_SEEDS_OPTION(AT(seeds)),
    CLI_UNTIL_DECIDED_OPTION(AT(until_decided)),
    CLI_MARGIN_OPTION(AT(margin)),
    {"run", FM_OPTION_TEXT, 0, "DIR", NULL,
     "folder of the journal and the results; an existing experiment is resumed "
     "[runs/explore-NAME]",
     .offset = AT(run)},
    CLI_RUNNER_GEMM_OPTION(AT(gemm)),
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
    fm_error_set(error, FM_E_ARGUMENT, what, "this experiment varies that setting");
    return fm_error_hint(error, "list its values with --values A,B,C");
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
    cli_settings_warn_unused(&fixed, arguments, fm_factor_name(factor));
    status = fm_plan_create(plan, factor, s->values, &fixed, s->seeds, images, error);
    if (!status && s->until_decided)
        plan->most_seeds = s->until_decided;
    if (!status)
        plan->margin = s->margin / 100;
    return cli_option_error(status, error);
}

static int explore(fm_experiment *experiment, cli_runner *runner, fm_error *error) {
    const fm_experiment_observer observer = cli_runner_observer(runner);
    const size_t left = fm_experiment_left(experiment);
    const size_t all = fm_experiment_planned(experiment);
    cli_runner_compare_device(runner, experiment);
    if (left && runner->common->verbosity >= 0)
        cli_note("running %zu%s trial%s on %s, into %s", left, left < all ? " remaining" : "",
                 cli_plural(left), runner->device->name, fm_experiment_folder(experiment));
    int status = left ? fm_experiment_run(experiment, runner->pool, NULL, &observer, error) : FM_OK;
    cli_runner_clear_line(runner);
    return status == FM_E_INTERRUPTED
               ? cli_runner_interrupted(fm_experiment_folder(experiment), error)
               : status;
}

static int finish(const fm_experiment *experiment, const cli_runner *runner, const settings *s,
                  const char *command, fm_error *error) {
    char *json = NULL;
    fm_conclusion *conclusion = NULL;
    int status = fm_experiment_write_results(&json, experiment, error);
    if (!status)
        status = fm_memory_allocate(&conclusion, 1, sizeof *conclusion, "the conclusion", error);
    if (!status) {
        const fm_report_basis basis = {runner->dataset, runner->device, s->gemm, command};
        fm_experiment_conclude(conclusion, experiment);
        status = fm_experiment_report_write(experiment, conclusion, &basis, error);
    }
    if (!status && s->common.json) {
        fputs(json, stdout);
    } else if (!status) {
        cli_runner_print(experiment, conclusion);
        status = cli_runner_draw(experiment, conclusion, error);
        fputs("\nresults: ", stdout);
        cli_print_clean(stdout, fm_experiment_folder(experiment));
        fputs("/report.html, results.csv, experiment.json\n", stdout);
    }
    if (!status)
        status = fm_experiment_check(experiment, error);
    if (!status && conclusion->choice == FM_NO_VALUE)
        status = fm_error_set(error, FM_E_DIVERGED,
                              fm_factor_name(fm_experiment_plan(experiment)->factor),
                              "nothing is chosen: every value failed");
    free(conclusion);
    free(json);
    return status;
}

static int run(void *value, const cli_arguments *arguments, fm_error *error) {
    const settings *s = value;
    cli_runner runner = {.common = &s->common};
    fm_plan *plan = NULL;
    fm_experiment *experiment = NULL;
    char folder[64];
    enum fm_factor factor;
    /* Reports a wrong name before anything slow starts. */
    int status = fm_factor_parse(&factor, arguments->operands[0], error);
    if (!status)
        status = cli_runner_check_seeds(s->until_decided, s->seeds, error);
    if (!status)
        status = fm_memory_allocate(&plan, 1, sizeof *plan, "the plan", error);
    if (!status)
        status = cli_runner_open(&runner, &s->common, s->gemm, !s->no_check, error);
    if (!status)
        status = make_plan(plan, s, arguments, fm_dataset_train(runner.dataset).count, error);
    if (status)
        goto out;
    snprintf(folder, sizeof folder, "runs/explore-%s", fm_factor_name(factor));
    cli_interrupt_catch();
    status =
        fm_experiment_open(&experiment, s->run ? s->run : folder, plan, runner.dataset,
                           fm_dataset_train(runner.dataset).count, runner.device, s->gemm, error);
    if (!status)
        status = explore(experiment, &runner, error);
    if (!status)
        status = finish(experiment, &runner, s, arguments->line, error);
out:
    fm_experiment_close(experiment);
    cli_runner_close(&runner);
    free(plan);
    return status;
}

/* Each setting with its default values; of a long list, the first and the last. */
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
    .summary = "Varies one setting, and says which value is best on validation data.",
    .about = "Trains each value with several seeds and compares them on validation data; the test\n"
             "set is not used. Differences have simultaneous 95 % intervals. Chooses the cheapest\n"
             "value within one standard error of the best; the cost is computed, not measured. If\n"
             "every value failed, nothing is chosen and the exit status is 1.\n"
             "The folder contains report.html, results.csv and experiment.json.\n"
             "After an interruption, the same command resumes; on a finished experiment, it only\n"
             "prints the results. Times are those of the whole device: if trials share it, each\n"
             "counts its share.\n\n"
             "EXPERIMENT and its default values:",
    .list = list_experiments,
    .groups = groups,
    .settings_size = sizeof(settings),
    .run = run,
};
