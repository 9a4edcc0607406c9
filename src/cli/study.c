/* study: every experiment, each with the best of those before it, and the final run. */
#include <stdio.h>
#include <stdlib.h>

#include "base/count.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/device_check.h"
#include "cli/experiment_runner.h"
#include "cli/interrupt.h"
#include "cli/message.h"
#include "cli/terminal.h"
#include "fmnist_cl/study_report.h"

typedef struct settings {
    cli_common common;
    size_t seeds, until_decided;
    double margin;
    int quick;
    const char *run;
    enum fm_gemm gemm;
    int no_check;
} settings;

#define AT(member) offsetof(settings, member)

static const fm_option study_options[] = {
    {"quick", FM_OPTION_FLAG, 0, NULL, NULL,
     "a first impression in a few minutes: fewer images, epochs and values [the full study]",
     .offset = AT(quick), .value = 1},
    CLI_SEEDS_OPTION(AT(seeds)),
    CLI_UNTIL_DECIDED_OPTION(AT(until_decided)),
    CLI_MARGIN_OPTION(AT(margin)),
    {"run", FM_OPTION_TEXT, 0, "DIR", NULL,
     "folder of the journals and the results; an existing study is resumed [runs/study, or "
     "runs/study-quick]",
     .offset = AT(run)},
    CLI_RUNNER_GEMM_OPTION(AT(gemm)),
    CLI_NO_CHECK_OPTION(AT(no_check)),
    {.name = NULL},
};

static const cli_group groups[] = {
    {"Study", study_options, 0, 0}, CLI_COMMON_GROUP, {NULL, NULL, 0, 0}};

/* ---- While it runs ---- */

static void on_step(void *user, size_t step, const fm_experiment *experiment,
                    const fm_conclusion *conclusion) {
    cli_runner *runner = user;
    const fm_plan *plan = fm_experiment_plan(experiment);
    cli_runner_clear_line(runner);
    if (!conclusion)
        cli_runner_compare_device(runner, experiment);
    if (runner->common->verbosity < 0)
        return;
    if (!conclusion)
        cli_note("%zu of %d: %s, %zu trial%s%s", step + 1, FM_STUDY_STEPS,
                 fm_factor_name(plan->factor), fm_experiment_planned(experiment),
                 cli_plural(fm_experiment_planned(experiment)),
                 fm_experiment_left(experiment) ? "" : ", all done");
    else if (conclusion->choice != FM_NO_VALUE && plan->factor != FM_FACTOR_FINAL)
        cli_note("%s: best %s, chosen %s", fm_factor_name(plan->factor),
                 plan->value[conclusion->best], plan->value[conclusion->choice]);
}

/* ---- Results ---- */

static void print_step(const fm_study *study, size_t step) {
    printf("Experiment %zu\n", step + 1);
    cli_runner_print(fm_study_experiment(study, step), fm_study_conclusion(study, step));
    putchar('\n');
}

static void print_best(const fm_study *study) {
    const fm_settings *best = fm_study_best(study);
    const fm_train_options *o = &best->options;
    char network[64];
    fm_architecture_text(network, sizeof network, &best->architecture);
    printf("The best of each: %s, %s, %s, %s at %g, batches of %zu, %zu epoch%s\n", network,
           fm_activation_name(best->architecture.activation), fm_loss_name(o->loss),
           fm_optimizer_name(o->optimizer.kind), o->optimizer.lr, o->batch_size, o->epochs,
           cli_plural(o->epochs));
}

static void print_findings(const fm_study *study) {
    fm_finding findings[FM_FINDINGS];
    fm_study_findings(findings, study);
    for (size_t i = 0; i < FM_FINDINGS; i++) {
        const fm_finding *f = &findings[i];
        const char *const lines[][2] = {{"claim:", f->claim},
                                        {"tested:", f->statement},
                                        {"threshold:", f->threshold},
                                        {"figure:", f->figure},
                                        {"", fm_finding_verdict_name(f->verdict)}};
        for (size_t line = 0; line < FM_COUNT(lines); line++) {
            char text[1024];
            snprintf(text, sizeof text, "%-11s %-10s %s\n", line ? "" : f->step, lines[line][0],
                     lines[line][1]);
            cli_print_wrapped(text, cli_is_narrower(80) ? 2 : 23);
        }
    }
}

static void print_study(const fm_study *study, int quick) {
    fm_test_result test;
    for (size_t step = 0; step < FM_FACTORS; step++)
        print_step(study, step);
    print_best(study);
    fm_study_test(&test, study);
    printf("The test set has seen %zu network%s, all of the final run, each once: accuracy %.2f %% "
           "(s.d. %.2f), loss %.4f\n\n",
           test.n, cli_plural(test.n), 100 * test.mean, 100 * test.sd, test.loss);
    print_findings(study);
    puts("\nFigures are measured on the validation set, with 95 % intervals in brackets. "
         "Confirmed: the\n"
         "whole interval agrees with the statement. Contradicted: none of it does.");
    if (quick)
        printf("Quick: %s.\n", fm_study_cuts());
    fputs("results: ", stdout);
    cli_print_clean(stdout, fm_study_folder(study));
    fputs("/report.html, study.json, and a folder for each experiment\n", stdout);
}

static int finish(const fm_study *study, const cli_runner *runner, const settings *s,
                  const char *command, fm_error *error) {
    const fm_report_basis basis = {runner->dataset, runner->device, s->gemm, command};
    char *json = NULL;
    fm_text report = {0};
    char *path = NULL;
    fm_text_print(&report, "%s/report.html", fm_study_folder(study));
    int status = fm_text_take(&path, &report, "the report", error);
    if (!status)
        status = fm_study_report_write(study, runner->pool, &basis, error);
    if (!status)
        status = fm_study_write_results(&json, study, path, error);
    if (!status && s->common.json)
        fputs(json, stdout);
    else if (!status)
        print_study(study, s->quick);
    free(path);
    free(json);
    return status;
}

static int run(void *value, const cli_arguments *arguments, fm_error *error) {
    const settings *s = value;
    cli_runner runner = {.common = &s->common};
    fm_study_options options;
    fm_study *study = NULL;
    const char *folder = s->run ? s->run : s->quick ? "runs/study-quick" : "runs/study";
    fm_study_options_init(&options, s->quick);
    options.seeds = s->seeds;
    options.most_seeds = s->until_decided;
    options.margin = s->margin / 100;
    options.base.options.seed = s->common.seed;
    int status = cli_runner_check_seeds(s->until_decided, s->seeds, error);
    if (!status)
        status = cli_runner_open(&runner, &s->common, s->gemm, !s->no_check, error);
    if (status)
        return status;
    if (s->common.verbosity >= 0)
        cli_note("the %s on %s, into %s", s->quick ? "quick study" : "study", runner.device->name,
                 folder);
    if (s->common.verbosity >= 0 && s->quick)
        cli_note("quick: %s", fm_study_cuts());
    cli_interrupt_catch();
    const fm_study_observer observer = {&runner, on_step, cli_runner_observer(&runner)};
    status = fm_study_run(&study, folder, &options, runner.dataset, runner.pool, runner.device,
                          s->gemm, &observer, error);
    cli_runner_clear_line(&runner);
    if (status == FM_E_INTERRUPTED)
        status = cli_runner_interrupted(folder, error);
    if (!status)
        status = finish(study, &runner, s, arguments->line, error);
    fm_study_free(study);
    cli_runner_close(&runner);
    return status;
}

const cli_command cli_study = {
    .name = "study",
    .operands = "",
    .summary = "Runs all experiments and a final run, and compares them with the author's results.",
    .about =
        "Varies, in this order: epochs, layers, nodes, batch-size, lr, activation, loss,\n"
        "optimizer. Each experiment starts from the best values so far and compares values on\n"
        "validation data. The final run trains the best settings with 5 seeds and evaluates\n"
        "each network once on the test set. The folder contains report.html, study.json and a\n"
        "folder for each experiment. After an interruption, the same command resumes.",
    .groups = groups,
    .settings_size = sizeof(settings),
    .run = run,
};
