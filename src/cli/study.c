/* study: every experiment, each with the best of those before it, and the final run. */
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "cli/command.h"
#include "cli/device_check.h"
#include "cli/interrupt.h"
#include "cli/lab.h"
#include "cli/message.h"
#include "fmnist_cl/study_report.h"

typedef struct settings {
    cli_common common;
    size_t seeds;
    int quick;
    const char *run;
    enum fm_gemm gemm;
    int no_check;
} settings;

#define AT(member) offsetof(settings, member)

static const fm_option study_options[] = {
    {"quick", FM_OPTION_FLAG, 0, NULL, NULL,
     "a first impression in a few minutes: fewer images, epochs and values [the whole study]",
     .offset = AT(quick), .value = 1},
    CLI_SEEDS_OPTION(AT(seeds)),
    {"run", FM_OPTION_TEXT, 0, "DIR", NULL,
     "folder of the journals and the results; the study in it is gone on with [runs/study, or "
     "runs/study-quick]",
     .offset = AT(run)},
    CLI_LAB_GEMM_OPTION(AT(gemm)),
    CLI_NO_CHECK_OPTION(AT(no_check)),
    {.name = NULL},
};

static const cli_group groups[] = {
    {"Study", study_options, 0, 0}, CLI_COMMON_GROUP, {NULL, NULL, 0, 0}};

/* ---- While it runs ---- */

static void on_step(void *user, size_t step, const fm_experiment *experiment,
                    const fm_conclusion *conclusion) {
    cli_lab *lab = user;
    const fm_plan *plan = fm_experiment_plan(experiment);
    cli_lab_clear_line(lab);
    if (!conclusion)
        cli_lab_compare_device(lab, experiment);
    if (lab->common->verbosity < 0)
        return;
    if (!conclusion)
        cli_note("%zu of %d: %s, %zu trials%s", step + 1, FM_STUDY_STEPS,
                 fm_factor_name(plan->factor), fm_experiment_trial_count(experiment),
                 fm_experiment_left(experiment) ? "" : ", all done");
    else if (conclusion->choice != FM_NO_VALUE && plan->factor != FM_FACTOR_FINAL)
        cli_note("%s: best %s, chosen %s", fm_factor_name(plan->factor),
                 plan->value[conclusion->best], plan->value[conclusion->choice]);
}

/* ---- Results ---- */

static void print_step(const fm_study *study, size_t step) {
    printf("Experiment %zu\n", step + 1);
    cli_lab_print(fm_study_experiment(study, step), fm_study_conclusion(study, step));
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
           o->epochs == 1 ? "" : "s");
}

static void print_findings(const fm_study *study) {
    fm_finding findings[FM_FINDINGS];
    fm_study_findings(findings, study);
    for (size_t i = 0; i < FM_FINDINGS; i++)
        printf("%-11s the author: %s\n%-11s we:         %s\n%-11s             %s\n",
               findings[i].step, findings[i].author, "", findings[i].ours, "",
               fm_finding_verdict_name(findings[i].verdict));
}

static void print_study(const fm_study *study, int quick) {
    fm_test_result test;
    for (size_t step = 0; step < FM_FACTORS; step++)
        print_step(study, step);
    print_best(study);
    fm_study_test(&test, study);
    printf("Test set, once for each of %zu networks: %.2f %% right (s.d. %.2f), loss %.4f\n\n",
           test.n, 100 * test.mean, 100 * test.sd, test.loss);
    print_findings(study);
    puts(
        "\n+- is the standard deviation over the seeds. Accuracies are those of the validation set "
        "but for\nthe final run's. Confirmed: nothing is better than the author's value beyond the "
        "noise.");
    if (quick)
        printf("Quick: %s.\n", fm_study_cuts());
    fputs("results: ", stdout);
    cli_print_clean(stdout, fm_study_folder(study), 0);
    fputs("/report.html, study.json, and those of each experiment in a folder beside it\n", stdout);
}

static int finish(const fm_study *study, const cli_lab *lab, const settings *s, const char *command,
                  fm_error *error) {
    const fm_report_basis basis = {lab->dataset, lab->device, s->gemm, command};
    char *json = NULL;
    fm_text report = {0};
    char *path = NULL;
    fm_text_print(&report, "%s/report.html", fm_study_folder(study));
    int status = fm_text_take(&path, &report, "the report", error);
    if (!status)
        status = fm_study_report_write(study, lab->pool, &basis, error);
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
    cli_lab lab = {.common = &s->common};
    fm_study_options options;
    fm_study *study = NULL;
    const char *folder = s->run ? s->run : s->quick ? "runs/study-quick" : "runs/study";
    fm_study_options_init(&options, s->quick);
    options.seeds = s->seeds;
    options.base.options.seed = s->common.seed;
    int status = cli_lab_open(&lab, &s->common, s->gemm, !s->no_check, error);
    if (status)
        return status;
    if (s->common.verbosity >= 0)
        cli_note("the %s on %s, into %s", s->quick ? "quick study" : "study", lab.device->name,
                 folder);
    if (s->common.verbosity >= 0 && s->quick)
        cli_note("quick: %s", fm_study_cuts());
    cli_interrupt_catch();
    const fm_study_observer observer = {&lab, on_step, cli_lab_observer(&lab)};
    status = fm_study_run(&study, folder, &options, lab.dataset, lab.pool, lab.device, s->gemm,
                          &observer, error);
    cli_lab_clear_line(&lab);
    if (status == FM_E_INTERRUPTED)
        status = cli_lab_interrupted(&lab, folder, error);
    if (!status)
        status = finish(study, &lab, s, arguments->line, error);
    fm_study_free(study);
    cli_lab_close(&lab);
    return status;
}

const cli_command cli_study = {
    .name = "study",
    .operands = "",
    .summary = "Runs all experiments, then the best of each, and holds it against the author's.",
    .about =
        "In this order: epochs, layers, nodes, batch-size, lr, activation, loss, optimizer, each\n"
        "with the best of those before it, judged on validation data; then the final run with 5\n"
        "seeds, whose networks are tested once each. Stopped at any moment, the same command\n"
        "goes on. Its folder gets a report.html with all of it, and study.json.",
    .groups = groups,
    .settings_size = sizeof(settings),
    .run = run,
};
