/* train: trains, validates, tests once at the end, and leaves a run folder. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "cli/command.h"
#include "cli/device_check.h"
#include "cli/interrupt.h"
#include "cli/message.h"
#include "cli/network_options.h"
#include "cli/progress.h"
#include "cli/session.h"
#include "cli/sets.h"
#include "cli/terminal.h"
#include "cli/train_options.h"
#include "fmnist_cl/evaluation.h"
#include "fmnist_cl/run_folder.h"
#include "fmnist_cl/run_report.h"
#include "fmnist_cl/tensorboard.h"
#include "report/history_plot.h"
#include "report/terminal_plot.h"

typedef struct settings {
    cli_common common;
    cli_network network;
    cli_training training;
    enum fm_gemm gemm;
    const char *init, *run, *tensorboard;
    int no_check;
} settings;

#define AT(member) offsetof(settings, member)

static const cli_option run_options[] = {
    {"init", CLI_TEXT, 0, "FILE", NULL,
     "start from the weights in this safetensors file [PyTorch's default initialisation]",
     .offset = AT(init)},
    {"run", CLI_TEXT, 0, "DIR", NULL,
     "the run folder; it must not hold a run already [runs/NAME-NUMBER]", .offset = AT(run)},
    {"tensorboard", CLI_TEXT, 0, "DIR", NULL,
     "write the curves into this folder, for TensorBoard to show [none]",
     .offset = AT(tensorboard)},
    {"gemm", CLI_PARSED, 0, "G", "auto", "who computes the matrix products: auto, native, clblast",
     .offset = AT(gemm), .parse = cli_gemm_parse},
    CLI_NO_CHECK_OPTION(AT(no_check)),
    {.name = NULL},
};

static const cli_group groups[] = {{"Network", cli_network_options, AT(network)},
                                   {"Training", cli_training_options, AT(training)},
                                   {"Run", run_options, 0},
                                   CLI_COMMON_GROUP,
                                   {NULL, NULL, 0}};

/* A training on its way. */
typedef struct job {
    const settings *settings;
    fm_train_options options;
    cli_session session;
    fm_weights *weights;
    fm_run_folder *folder;
    fm_tensorboard *curves; /* NULL: not wanted */
    cli_progress progress;
    int first_step_seen;
    fm_epoch *epochs; /* those so far, for the report */
    size_t epoch_count;
} job;

/* ---- Weights ---- */

static int same_hidden(const fm_architecture *a, const fm_architecture *b) {
    return a->hidden_count == b->hidden_count &&
           !memcmp(a->hidden, b->hidden, a->hidden_count * sizeof *a->hidden);
}

/* The file says how the network is built; options that say otherwise are a mistake. */
static int check_init(const fm_architecture *loaded, const fm_architecture *wanted,
                      const char *path, const cli_arguments *arguments, fm_error *error) {
    static const char *const widths[] = {"hidden", "layers", "nodes"};
    char text[64];
    int status = cli_network_check_loaded(loaded, path, error);
    fm_architecture_text(text, sizeof text, loaded);
    for (size_t i = 0; !status && i < sizeof widths / sizeof *widths; i++) {
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

static int make_weights(fm_weights **out, const settings *s, const cli_arguments *arguments,
                        fm_error *error) {
    fm_architecture architecture;
    int status = cli_network_architecture(&architecture, &s->network, arguments, error);
    if (status)
        return status;
    if (s->init) {
        status = fm_weights_load(out, s->init, error);
        return status ? status
                      : check_init(fm_weights_architecture(*out), &architecture, s->init, arguments,
                                   error);
    }
    status = fm_weights_create(out, &architecture, error);
    if (!status)
        fm_weights_randomize(*out, s->common.seed);
    return status;
}

/* ---- While it trains ---- */

static int on_progress(void *user, const fm_progress *progress) {
    job *j = user;
    const cli_common *common = &j->settings->common;
    if (!j->first_step_seen && progress->images_done > 0) {
        j->first_step_seen = 1;
        if (common->verbosity > 0)
            cli_note("first step after %.2f s", fm_clock_seconds() - common->started);
    }
    cli_progress_update(&j->progress, progress);
    return cli_interrupt_pending();
}

static int add_to_curves(fm_tensorboard *curves, const fm_epoch *epoch, fm_error *error) {
    const fm_scalar scalars[] = {
        {"loss/train", epoch->train.loss},
        {"accuracy/train", epoch->train.accuracy},
        {"lr", epoch->lr},
        {"images_per_s", epoch->images_per_s},
        {"loss/val", epoch->val.loss},
        {"accuracy/val", epoch->val.accuracy},
    };
    const size_t count = epoch->has_val ? 6 : 4;
    return fm_tensorboard_add(curves, (int64_t)epoch->number, scalars, count, error);
}

static int remember(job *j, const fm_epoch *epoch, fm_error *error) {
    fm_epoch *epochs;
    int status = fm_memory_allocate(&epochs, j->epoch_count + 1, sizeof *epochs, "history", error);
    if (status)
        return status;
    if (j->epoch_count)
        memcpy(epochs, j->epochs, j->epoch_count * sizeof *epochs);
    epochs[j->epoch_count++] = *epoch;
    free(j->epochs);
    j->epochs = epochs;
    return FM_OK;
}

static int on_epoch(void *user, const fm_epoch *epoch, const fm_weights *weights, int is_best,
                    fm_error *error) {
    job *j = user;
    cli_progress_epoch(&j->progress, epoch);
    int status = remember(j, epoch, error);
    if (!status)
        status = fm_run_folder_save_last(j->folder, weights, error);
    if (!status && is_best)
        status = fm_run_folder_save_best(j->folder, weights, error);
    if (!status)
        status = fm_run_folder_add_epoch(j->folder, epoch, error);
    if (!status && j->curves)
        status = add_to_curves(j->curves, epoch, error);
    return status;
}

static void say_what_starts(const job *j) {
    const settings *s = j->settings;
    const fm_architecture *architecture = fm_weights_architecture(j->weights);
    char network[64];
    if (s->common.verbosity < 0)
        return;
    fm_architecture_text(network, sizeof network, architecture);
    cli_note("training %s on %s, into %s", network, fm_device_get_info(j->session.device)->name,
             fm_run_folder_path(j->folder));
    if (s->common.verbosity > 0)
        cli_note("%zu parameters, %s, %s, %s, batches of %zu",
                 fm_architecture_parameter_count(architecture),
                 fm_activation_name(architecture->activation), fm_loss_name(j->options.loss),
                 fm_optimizer_name(j->options.optimizer.kind), j->options.batch_size);
}

/* What was computed before Ctrl-C is not lost. */
static int interrupted(job *j, fm_error *error) {
    int status = fm_run_folder_save_last(j->folder, j->weights, error);
    if (status)
        return status;
    fm_error_set(error, FM_E_INTERRUPTED, "interrupted",
                 "the weights so far are in %s/last.safetensors", fm_run_folder_path(j->folder));
    return fm_error_hint(error, "to start from them: fmnist-cl train --init %s/last.safetensors",
                         fm_run_folder_path(j->folder));
}

static int train(fm_train_result *result, job *j, fm_error *error) {
    const fm_images images = fm_dataset_train(j->session.dataset);
    const fm_observer observer = {.user = j, .progress = on_progress, .epoch = on_epoch};
    cli_progress_start(&j->progress, j->settings->common.verbosity, j->options.epochs);
    int status =
        fm_train(result, j->weights, j->session.device, &images, &j->options, &observer, error);
    cli_progress_clear(&j->progress);
    if (status == FM_E_INTERRUPTED)
        return interrupted(j, error);
    if (status == FM_E_DIVERGED)
        fm_error_hint(error, "try a --lr below %g", j->options.optimizer.lr);
    if (!status && result->epochs == 0)
        status = fm_run_folder_save_last(j->folder, j->weights, error);
    return status;
}

/* ---- Afterwards ---- */

/* *present is 0, and nothing evaluated, when the set is empty. */
static int evaluate_set(fm_evaluation *out, int *present, fm_network *network, const job *j,
                        enum cli_set set, fm_error *error) {
    cli_images images;
    int status = cli_images_select(&images, j->session.dataset, set, &j->options, error);
    *present = !status && images.view.count > 0;
    if (*present)
        status = fm_evaluation_run(out, network, &images.view, j->options.loss, error);
    cli_images_free(&images);
    return status;
}

static int measure(fm_metrics *out, fm_evaluation *test, job *j, const fm_train_result *result,
                   fm_error *error) {
    enum { BATCH = 1000 };
    fm_network *network = NULL;
    fm_evaluation other = {0};
    int present;
    *out = (fm_metrics){.result = *result,
                        .device = fm_device_get_info(j->session.device)->name,
                        .train = result->last.train,
                        .has_val = result->last.has_val,
                        .val = result->last.val};
    int status = fm_network_create(&network, j->session.device, j->weights, BATCH, NULL, error);
    if (!status)
        status = evaluate_set(test, &present, network, j, CLI_TEST, error);
    out->test = test->score;
    /* Nothing was trained: the weights as they are have no epoch's figures yet. */
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

/* A look at the accuracy's curve, for who watches. */
static int draw_curve(const job *j, fm_error *error) {
    enum { LEAST_EPOCHS = 3, MOST_COLUMNS = 90, ROWS = 10 };
    fm_history_plot curve;
    char *text;
    if (j->settings->common.verbosity < 0 || j->epoch_count < LEAST_EPOCHS || !cli_terminal(stderr))
        return FM_OK;
    const fm_terminal terminal = cli_terminal_of(stderr);
    size_t columns = terminal.columns - 1; /* the last would move some terminals to the next line */
    int status = fm_history_plot_accuracy(&curve, j->epochs, j->epoch_count, error);
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

static void print_result(const job *j, const fm_metrics *metrics) {
    const fm_train_result *result = &metrics->result;
    const char *folder = fm_run_folder_path(j->folder);
    printf("%-12s %8s  %9s\n", "", "loss", "accuracy");
    print_score("train", &metrics->train);
    if (metrics->has_val)
        print_score("validation", &metrics->val);
    print_score("test", &metrics->test);
    printf("\n%llu steps in %.2f s, %.2f s in all\n", (unsigned long long)result->steps,
           result->train_seconds, metrics->seconds);
    fputs("weights: ", stdout);
    cli_print_clean(stdout, folder, 0);
    fputs("/last.safetensors", stdout);
    if (result->best_epoch)
        printf(", best.safetensors (epoch %zu)", result->best_epoch);
    fputs("\nreport:  ", stdout);
    cli_print_clean(stdout, folder, 0);
    puts("/report.html");
}

static int write_report(const job *j, const fm_metrics *metrics, const fm_evaluation *test,
                        fm_error *error) {
    const settings *s = j->settings;
    const fm_run_report report = {.options = &j->options,
                                  .architecture = fm_weights_architecture(j->weights),
                                  .device = fm_device_get_info(j->session.device),
                                  .gemm = s->gemm,
                                  .init = s->init,
                                  .data = s->common.data,
                                  .dataset = j->session.dataset,
                                  .epochs = j->epochs,
                                  .epoch_count = j->epoch_count,
                                  .metrics = metrics,
                                  .test = test};
    return fm_run_report_write(fm_run_folder_path(j->folder), &report, error);
}

static int finish(job *j, const fm_train_result *result, fm_error *error) {
    fm_metrics metrics;
    fm_evaluation test = {0};
    char *json = NULL;
    int status = measure(&metrics, &test, j, result, error);
    if (status)
        return status;
    metrics.seconds = fm_clock_seconds() - j->settings->common.started;
    if (j->settings->common.verbosity > 0)
        cli_note("%.2f s in all, of them %.2f s training", metrics.seconds, result->train_seconds);
    status = fm_run_folder_write_metrics(&json, j->folder, &metrics, error);
    if (!status)
        status = write_report(j, &metrics, &test, error);
    if (!status)
        status = draw_curve(j, error);
    if (!status && j->settings->common.json)
        fputs(json, stdout);
    else if (!status)
        print_result(j, &metrics);
    free(json);
    return status;
}

/* The library speaks of "batch-size"; here that is an option. */
static int check_options(const job *j, fm_error *error) {
    int status =
        fm_train_options_check(&j->options, fm_dataset_train(j->session.dataset).count, error);
    if (status) {
        char option[64];
        snprintf(option, sizeof option, "--%.60s", error->what);
        snprintf(error->what, sizeof error->what, "%s", option);
    }
    return status;
}

static int prepare(job *j, const cli_arguments *arguments, fm_error *error) {
    const settings *s = j->settings;
    char name[64];
    int status = cli_training_finish(&j->options, &s->training, s->common.seed, arguments, error);
    if (!status)
        status = make_weights(&j->weights, s, arguments, error);
    if (!status)
        status = cli_session_open(&j->session, &s->common, s->gemm, error);
    if (!status)
        status = check_options(j, error);
    if (!status && !s->no_check)
        status =
            cli_device_check(j->session.device, s->gemm,
                             fm_weights_architecture(j->weights)->activation, &s->common, error);
    if (status)
        return status;
    cli_interrupt_catch();
    cli_network_run_name(name, sizeof name, fm_weights_architecture(j->weights));
    status = fm_run_folder_create(&j->folder, s->run, name, error);
    if (!status && s->tensorboard)
        status = fm_tensorboard_create(&j->curves, s->tensorboard, error);
    if (!status)
        status = fm_run_folder_write_config(
            j->folder, &j->options, fm_weights_architecture(j->weights),
            fm_device_get_info(j->session.device), s->gemm, s->init, j->session.dataset, error);
    return status;
}

static int run(void *value, const cli_arguments *arguments, fm_error *error) {
    job j = {.settings = value};
    fm_train_result result = {0};
    int status = prepare(&j, arguments, error);
    if (!status) {
        say_what_starts(&j);
        status = train(&result, &j, error);
    }
    if (!status)
        status = finish(&j, &result, error);
    fm_tensorboard_free(j.curves);
    free(j.epochs);
    fm_run_folder_free(j.folder);
    fm_weights_free(j.weights);
    cli_session_close(&j.session);
    return status;
}

const cli_command cli_train = {
    .name = "train",
    .operands = "",
    .summary = "Trains, validates, tests once at the end, and writes a run folder.",
    .about = "The folder then holds config.json, history.csv, last.safetensors, best.safetensors,\n"
             "metrics.json, and report.html: the curves, the test and every setting as a page to\n"
             "read. Its plots are drawn by gnuplot, where it is installed.",
    .groups = groups,
    .settings_size = sizeof(settings),
    .run = run,
};
