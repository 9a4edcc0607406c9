/* train: trains, validates, tests once at the end, and leaves a run folder. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/device_check.h"
#include "cli/interrupt.h"
#include "cli/message.h"
#include "cli/profile.h"
#include "cli/train.h"

typedef cli_train_settings settings;
typedef cli_train_job job;

#define AT(member) offsetof(settings, member)

static const cli_option run_options[] = {
    {"init", CLI_TEXT, 0, "FILE", NULL,
     "start from the weights in this safetensors file [PyTorch's default initialisation]",
     .offset = AT(init)},
    {"run", CLI_TEXT, 0, "DIR", NULL,
     "the run folder; it must not hold a run already [runs/NAME-NUMBER]", .offset = AT(run)},
    {"resume", CLI_TEXT, 0, "DIR", NULL,
     "go on with the run in this folder, from its last checkpoint, on any device; --epochs may ask "
     "for more than it was planned for",
     .offset = AT(resume)},
    {"spare", CLI_TEXT, 0, "DIR", NULL,
     "should the run folder become impossible to write, go on in this one [none: stop]",
     .offset = AT(spare)},
    {"tensorboard", CLI_TEXT, 0, "DIR", NULL,
     "write the curves into this folder, for TensorBoard to show [none]",
     .offset = AT(tensorboard)},
    {"profile", CLI_FLAG, 0, NULL, NULL,
     "print what each kernel took, and the host [off: it slows small steps]", .offset = AT(profile),
     .value = 1},
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

static void say_what_starts(const job *j) {
    const fm_architecture *architecture = fm_weights_architecture(j->state->weights);
    const fm_train_state *state = j->state;
    char network[64];
    if (j->settings->common.verbosity < 0)
        return;
    fm_architecture_text(network, sizeof network, architecture);
    if (!j->begun)
        cli_note("training %s on %s, into %s", network, fm_device_get_info(j->session.device)->name,
                 fm_run_folder_path(j->folder));
    else if (state->epochs < j->options.epochs &&
             !(j->options.max_steps && state->steps >= j->options.max_steps))
        cli_note("training %s on %s, in %s, goes on in epoch %zu after %llu steps", network,
                 fm_device_get_info(j->session.device)->name, fm_run_folder_path(j->folder),
                 state->epochs + 1, (unsigned long long)state->steps);
    else
        cli_note("nothing is left to train in %s: %zu epochs, %llu steps",
                 fm_run_folder_path(j->folder), state->epochs, (unsigned long long)state->steps);
    if (j->settings->common.verbosity > 0)
        cli_note("%zu parameters, %s, %s, %s, batches of %zu",
                 fm_architecture_parameter_count(architecture),
                 fm_activation_name(architecture->activation), fm_loss_name(j->options.loss),
                 fm_optimizer_name(j->options.optimizer.kind), j->options.batch_size);
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

static int check_device(const job *j, fm_error *error) {
    if (j->settings->no_check)
        return FM_OK;
    return cli_device_check(j->session.device,
                            fm_weights_architecture(j->state->weights)->activation,
                            &j->settings->common, error);
}

/* A new run, up to its folder. */
static int begin(job *j, const cli_arguments *arguments, fm_error *error) {
    const settings *s = j->settings;
    fm_weights *weights = NULL;
    char name[64];
    j->gemm = s->gemm;
    j->init = s->init;
    int status = cli_training_finish(&j->options, &s->training, s->common.seed, arguments, error);
    if (!status)
        status = cli_train_make_weights(&weights, s, arguments, error);
    if (!status)
        status = fm_train_state_create(&j->state, weights, error);
    if (status)
        fm_weights_free(weights);
    if (!status)
        status = cli_train_open_session(j, &s->common, s->gemm, error);
    if (!status)
        status = check_options(j, error);
    if (!status)
        status = check_device(j, error);
    if (status)
        return status;
    cli_interrupt_catch();
    cli_network_run_name(name, sizeof name, fm_weights_architecture(j->state->weights));
    return fm_run_folder_create(&j->folder, s->run, name, error);
}

static int take_up(job *j, const cli_arguments *arguments, fm_error *error) {
    int status = cli_train_take_up(j, arguments, error);
    if (!status)
        status = cli_train_open_again(j, arguments, error);
    if (!status)
        status = check_options(j, error);
    if (!status)
        status = check_device(j, error);
    if (!status)
        cli_interrupt_catch();
    return status;
}

/* From the first step on there is something to go on with. */
static int prepare(job *j, const cli_arguments *arguments, fm_error *error) {
    const settings *s = j->settings;
    int status = FM_OK;
    if (s->spare) { /* found out now, not when it is needed: whether it can be had */
        j->has_made_spare = access(s->spare, F_OK) != 0;
        status = fm_run_folder_create(&j->spare, s->spare, NULL, error);
    }
    if (!status)
        status = s->resume ? take_up(j, arguments, error) : begin(j, arguments, error);
    if (!status && s->tensorboard)
        status = fm_tensorboard_create(&j->curves, s->tensorboard, error);
    if (!status)
        status = cli_train_set_config(j->folder, j, error);
    return status ? status : cli_train_save(j, j->state, error);
}

static int train(job *j, fm_error *error) {
    fm_train_result result = {0};
    cli_profile profile = {0};
    int status = FM_OK;
    if (j->settings->profile)
        status = cli_profile_start(&profile, j->session.device, error);
    if (!status) {
        say_what_starts(j);
        status = cli_train_run(&result, j, error);
    }
    if (!status && j->settings->profile)
        status = cli_profile_print(&profile, j->session.device, error);
    if (!status)
        status = cli_train_finish(j, &result, error);
    return status == FM_E_OPENCL || status == FM_E_MEMORY ? cli_train_lost(j, error) : status;
}

/* It was not needed: nothing is in it. */
static void leave_spare(job *j) {
    if (!j->spare)
        return;
    if (j->has_made_spare)
        (void)rmdir(fm_run_folder_path(j->spare));
    fm_run_folder_free(j->spare);
}

static int run(void *value, const cli_arguments *arguments, fm_error *error) {
    job j = {.settings = value};
    int status = prepare(&j, arguments, error);
    if (!status)
        status = train(&j, error);
    fm_tensorboard_free(j.curves);
    fm_run_folder_free(j.folder);
    leave_spare(&j);
    fm_train_state_free(j.state);
    free(j.begun);
    cli_session_close(&j.session);
    return status;
}

const cli_command cli_train = {
    .name = "train",
    .operands = "",
    .summary = "Trains, validates, tests once at the end, and writes a run folder.",
    .about =
        "The folder then holds config.json, history.csv, last.safetensors, best.safetensors,\n"
        "metrics.json, and report.html: the curves, the test and every setting as a page to\n"
        "read. Its plots are drawn by gnuplot, where it is installed.\n"
        "A checkpoint, resume.safetensors, is written after each epoch, every minute within a\n"
        "long one, and on Ctrl-C (pressed twice: ends at once). Stopped or killed at any\n"
        "moment, --resume goes on from it, and ends with the same bits as a run that was never\n"
        "stopped; on another device than before it goes on too, not bit for bit.",
    .groups = groups,
    .settings_size = sizeof(settings),
    .run = run,
};
