/* What follows a training: test, metrics, report and printed results. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "cli/interrupt.h"
#include "cli/message.h"
#include "cli/sets.h"
#include "cli/terminal.h"
#include "cli/train.h"
#include "fmnist_cl/run_report.h"
#include "report/history_plot.h"
#include "report/terminal_plot.h"

/* If the set is empty, *present is 0 and nothing is evaluated. */
static int evaluate_set(fm_evaluation *out, int *present, fm_network *network,
                        const cli_train_job *j, enum cli_set set, fm_error *error) {
    cli_images images;
    int status = cli_images_select(&images, j->session.dataset, set, &j->options, error);
    *present = !status && images.view.count > 0;
    if (*present)
        status = fm_evaluation_run(out, network, &images.view, j->options.loss, error);
    cli_images_free(&images);
    return status;
}

static int measure(fm_metrics *out, fm_evaluation *test, cli_train_job *j,
                   const fm_train_result *result, fm_error *error) {
    fm_network *network = NULL;
    fm_evaluation other = {0};
    int present;
    *out = (fm_metrics){.result = *result,
                        .device = fm_device_get_info(j->session.device)->name,
                        .train = result->last.train,
                        .has_val = result->last.has_val,
                        .val = result->last.val,
                        .sessions = 1 + (j->recorded ? j->recorded->sessions : 0)};
    int status = fm_network_create(&network, j->session.device, j->state->weights,
                                   FM_NETWORK_PREDICTIONS, NULL, error);
    if (!status && !j->settings->no_test)
        status = evaluate_set(test, &out->has_test, network, j, CLI_TEST, error);
    out->test = test->score;
    /* Nothing was trained, so there are no results of an epoch yet. */
    if (!status && result->epochs == 0) {
        status = evaluate_set(&other, &present, network, j, CLI_TRAIN, error);
        out->train = other.score;
    }
    if (!status && result->epochs == 0) {
        status = evaluate_set(&other, &out->has_val, network, j, CLI_VAL, error);
        out->val = other.score;
    }
    fm_network_free(network);
    return status;
}

/* Plots the accuracy per epoch if stderr is a terminal. */
static int draw_curve(const cli_train_job *j, fm_error *error) {
    enum { LEAST_EPOCHS = 3, MOST_COLUMNS = 90, ROWS = 10 };
    fm_history_plot curve;
    char *text;
    if (j->settings->common.verbosity < 0 || j->state->epochs < LEAST_EPOCHS ||
        !cli_terminal(stderr))
        return FM_OK;
    const fm_terminal terminal = cli_terminal_of(stderr);
    size_t columns = terminal.columns - 1; /* a full line would wrap on some terminals */
    int status = fm_history_plot_accuracy(&curve, j->state->history, j->state->epochs, error);
    if (status)
        return status;
    status = fm_terminal_plot(&text, &curve.plot, columns < MOST_COLUMNS ? columns : MOST_COLUMNS,
                              ROWS, terminal.drawn, error);
    if (!status)
        fprintf(stderr, "\n%s\n", text);
    free(text);
    fm_history_plot_free(&curve);
    return status;
}

static void print_score(const char *name, const fm_score *score) {
    printf("%-12s %8.4f  %7.2f %%\n", name, score->loss, 100 * score->accuracy);
}

static void print_result(const cli_train_job *j, const fm_metrics *metrics) {
    const fm_train_result *result = &metrics->result;
    const char *folder = fm_run_folder_path(j->folder);
    printf("%-12s %8s  %9s\n", "", "loss", "accuracy");
    print_score("train", &metrics->train);
    if (metrics->has_val)
        print_score("validation", &metrics->val);
    if (metrics->has_test)
        print_score("test", &metrics->test);
    printf("\n%llu step%s in %.2f s, %.2f s in total", (unsigned long long)result->steps,
           cli_plural(result->steps), result->train_seconds, metrics->seconds);
    putchar('\n');
    if (j->recorded)
        printf("%zu sessions; resumed after epoch %zu\n", metrics->sessions, j->resumed_after);
    fputs("weights: ", stdout);
    cli_print_clean(stdout, folder);
    fputs("/last.safetensors", stdout);
    if (result->best_epoch)
        printf(", best.safetensors (epoch %zu)", result->best_epoch);
    fputs("\nreport:  ", stdout);
    cli_print_clean(stdout, folder);
    puts("/report.html");
}

static int write_report(const cli_train_job *j, const fm_metrics *metrics,
                        const fm_evaluation *test, fm_error *error) {
    const cli_train_settings *s = j->settings;
    const fm_run_report report = {.options = &j->options,
                                  .architecture = fm_weights_architecture(j->state->weights),
                                  .device = fm_device_get_info(j->session.device),
                                  .gemm = j->gemm,
                                  .init = j->init,
                                  .data = s->common.data,
                                  .dataset = j->session.dataset,
                                  .epochs = j->state->history,
                                  .epoch_count = j->state->epochs,
                                  .metrics = metrics,
                                  .test = metrics->has_test ? test : NULL};
    return fm_run_report_write(fm_run_folder_path(j->folder), &report, error);
}

static int write_results(char **json, cli_train_job *j, const fm_metrics *metrics,
                         const fm_evaluation *test, fm_error *error) {
    int status = fm_run_folder_write_metrics(json, j->folder, metrics, error);
    return status ? status : write_report(j, metrics, test, error);
}

int cli_train_finish(cli_train_job *j, const fm_train_result *result, fm_error *error) {
    fm_metrics metrics;
    fm_evaluation test = {0};
    char *json = NULL;
    int status = measure(&metrics, &test, j, result, error);
    if (!status && cli_interrupt_pending())
        status = cli_train_interrupted(j, error);
    if (status)
        return status;
    metrics.seconds =
        fm_clock_seconds() - j->settings->common.started + (j->recorded ? j->recorded->seconds : 0);
    if (j->settings->common.verbosity > 0)
        cli_note("%.2f s in total, %.2f s of them training", metrics.seconds,
                 result->train_seconds);
    status = write_results(&json, j, &metrics, &test, error);
    if (status && cli_train_use_fallback(j, j->state, error)) {
        free(json);
        status = write_results(&json, j, &metrics, &test, error);
    }
    if (!status)
        status = draw_curve(j, error);
    if (!status && j->settings->common.json)
        fputs(json, stdout);
    else if (!status)
        print_result(j, &metrics);
    free(json);
    return status;
}
