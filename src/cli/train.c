/* train: trains, validates, tests once at the end, and leaves a run folder. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/checkpoint.h"
#include "cli/device_check.h"
#include "cli/interrupt.h"
#include "cli/json.h"
#include "cli/message.h"
#include "cli/profile.h"
#include "cli/train.h"
#include "io/settings_json.h"
#include "settings/enums.h"

typedef cli_train_settings settings;
typedef cli_train_job job;

#define AT(member) offsetof(settings, member)

static const fm_option run_options[] = {
    {"config", FM_OPTION_TEXT, 0, "FILE", NULL,
     "read settings from this JSON file, such as a run's config.json; options override it "
     "[none]",
     .offset = AT(config)},
    {"dump-config", FM_OPTION_FLAG, 0, NULL, NULL,
     "print all settings in force as such a file, and do nothing else [train]",
     .offset = AT(dump_config), .value = 1},
    {"init", FM_OPTION_TEXT, 0, "FILE", NULL,
     "start from the weights in this safetensors file [PyTorch's default initialisation]",
     .offset = AT(init)},
    {"run", FM_OPTION_TEXT, 0, "DIR", NULL,
     "the run folder; it must not hold a run already [runs/NAME-NUMBER]", .offset = AT(run)},
    {"resume", FM_OPTION_TEXT, 0, "DIR", NULL,
     "go on with the run in this folder, from its last checkpoint, on any device; --epochs may ask "
     "for more than it was planned for",
     .offset = AT(resume)},
    {"spare", FM_OPTION_TEXT, 0, "DIR", NULL,
     "should the run folder become impossible to write, go on in this one [none: stop]",
     .offset = AT(spare)},
    {"tensorboard", FM_OPTION_TEXT, 0, "DIR", NULL,
     "write the curves into this folder, for TensorBoard to show [none]",
     .offset = AT(tensorboard)},
    {"profile", FM_OPTION_FLAG, 0, NULL, NULL,
     "print what each kernel took, and the host [off: it slows small steps]", .offset = AT(profile),
     .value = 1},
    {"gemm", FM_OPTION_CHOICE, 0, "G", "auto",
     "who computes the matrix products: auto, native, clblast", .offset = AT(gemm),
     .names = fm_gemm_names},
    CLI_NO_CHECK_OPTION(AT(no_check)),
    {.name = NULL},
};

static const cli_group groups[] = {CLI_SETTINGS_GROUP("Network", AT(given), FM_SETTINGS_NETWORK),
                                   CLI_SETTINGS_GROUP("Training", AT(given), FM_SETTINGS_TRAINING),
                                   {"Run", run_options, 0, 0},
                                   CLI_COMMON_GROUP,
                                   {NULL, NULL, 0, 0}};

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

static int check_options(const job *j, fm_error *error) {
    int status =
        fm_train_options_check(&j->options, fm_dataset_train(j->session.dataset).count, error);
    return cli_option_error(status, error);
}

static int check_device(const job *j, fm_error *error) {
    if (j->settings->no_check)
        return FM_OK;
    return cli_device_check(j->session.device,
                            fm_weights_architecture(j->state->weights)->activation,
                            &j->settings->common, error);
}

/* ---- A new run ---- */

/* The file says how the network is built; a setting that says otherwise is a mistake. */
static int check_init(const fm_settings *wanted, const fm_architecture *loaded, const char *path,
                      fm_error *error) {
    const fm_settings there = {.architecture = *loaded};
    char text[FM_OPTION_TEXT_SIZE];
    int status = FM_OK;
    for (const fm_option *row = fm_settings_table; !status && row->name; row++) {
        if (!(row->groups & FM_SETTINGS_NETWORK) || fm_option_is_alias(row) || row->only_training ||
            fm_settings_lacks_layers(&there, row) || fm_option_same(&there, wanted, row))
            continue;
        fm_option_print(text, &there, row);
        status = fm_error_set(error, FM_E_ARGUMENT, "--init", "the network in %s has --%s %s", path,
                              row->name, text);
    }
    return status;
}

/* The settings of a new run: the defaults, --init's network, --config's, those on the command line.
 * *weights is what --init names, or NULL. */
static int settle(fm_settings *out, fm_weights **weights, const settings *s,
                  const cli_arguments *arguments, fm_error *error) {
    int status = FM_OK;
    *weights = NULL;
    fm_settings_init(out);
    if (s->init)
        status = cli_checkpoint_load(weights, s->init, error);
    if (!status && s->init)
        out->architecture = *fm_weights_architecture(*weights);
    if (!status && s->config)
        status = fm_settings_json_load(out, s->config, error);
    if (!status)
        status = cli_settings_apply(out, &s->given, s->common.seed, arguments, error);
    if (!status && s->init)
        status = check_init(out, fm_weights_architecture(*weights), s->init, error);
    return status ? status : cli_option_error(fm_settings_check(out, error), error);
}

static int dump_config(const settings *s, const cli_arguments *arguments, fm_error *error) {
    fm_settings start;
    fm_weights *weights;
    int status = settle(&start, &weights, s, arguments, error);
    fm_weights_free(weights);
    return status ? status : cli_json_print(fm_settings_json(&start), error);
}

/* Where it starts: from the weights of --init, or from drawn ones. */
static int make_state(job *j, const cli_arguments *arguments, fm_error *error) {
    fm_settings start;
    fm_weights *weights = NULL, *loaded;
    int status = settle(&start, &loaded, j->settings, arguments, error);
    j->options = start.options;
    if (!status) {
        cli_settings_warn_unused(&start, arguments);
        status = fm_weights_create(&weights, &start.architecture, error);
    }
    if (!status && loaded)
        fm_weights_copy(weights, loaded);
    else if (!status)
        fm_weights_randomize(weights, start.options.seed);
    fm_weights_free(loaded);
    if (!status)
        status = fm_train_state_create(&j->state, weights, error);
    if (status)
        fm_weights_free(weights);
    return status;
}

/* "mlp-256-256", "mlp-8x512", "mlp-20-layers", "linear" */
static void name_run(char *out, size_t size, const fm_architecture *architecture) {
    enum { MOST_LISTED = 4 };
    const size_t count = architecture->hidden_count;
    size_t same = 1;
    while (same < count && architecture->hidden[same] == architecture->hidden[0])
        same++;
    size_t at = (size_t)snprintf(out, size, count ? "mlp" : "linear");
    if (count > MOST_LISTED && same == count)
        snprintf(out + at, size - at, "-%zux%zu", count, architecture->hidden[0]);
    else if (count > MOST_LISTED)
        snprintf(out + at, size - at, "-%zu-layers", count);
    for (size_t i = 0; count <= MOST_LISTED && i < count && at < size; i++)
        at += (size_t)snprintf(out + at, size - at, "-%zu", architecture->hidden[i]);
}

/* Up to its folder. */
static int begin(job *j, const cli_arguments *arguments, fm_error *error) {
    const settings *s = j->settings;
    char name[64];
    j->gemm = s->gemm;
    j->init = s->init;
    int status = make_state(j, arguments, error);
    if (!status)
        status = cli_train_open_session(j, &s->common, s->gemm, error);
    if (!status)
        status = check_options(j, error);
    if (!status)
        status = check_device(j, error);
    if (status)
        return status;
    cli_interrupt_catch();
    name_run(name, sizeof name, fm_weights_architecture(j->state->weights));
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
    if (j.settings->dump_config && !j.settings->resume)
        return dump_config(j.settings, arguments, error);
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
