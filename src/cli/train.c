/* train: trains, validates, tests once at the end, and writes a run folder. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/text.h"
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
     "read settings from this JSON file, such as a run's config.json, but not its init, gemm and "
     "device; other options override it [none]",
     .offset = AT(config)},
    {"dump-config", FM_OPTION_FLAG, 0, NULL, NULL,
     "print all settings in the form that --config reads, and exit [train]",
     .offset = AT(dump_config), .value = 1},
    {"init", FM_OPTION_TEXT, 0, "FILE", NULL,
     "start from the weights in this safetensors file [PyTorch's default initialization]",
     .offset = AT(init)},
    {"run", FM_OPTION_TEXT, 0, "DIR", NULL,
     "the run folder; it must not contain a run [runs/NAME-NUMBER]", .offset = AT(run)},
    {"resume", FM_OPTION_TEXT, 0, "DIR", NULL,
     "resume the run in this folder from its last checkpoint, on any device; --epochs may be "
     "larger "
     "than before",
     .offset = AT(resume)},
    {"fallback-dir", FM_OPTION_TEXT, 0, "DIR", NULL,
     "continue in this folder if the run folder becomes unwritable [none: stop]",
     .offset = AT(fallback)},
    {"spare", FM_OPTION_TEXT, 0, "DIR", NULL, "old name of --fallback-dir", .offset = AT(fallback)},
    {"tensorboard", FM_OPTION_TEXT, 0, "DIR", NULL,
     "write curves for TensorBoard to this folder [none]", .offset = AT(tensorboard)},
    {"no-test", FM_OPTION_FLAG, 0, NULL, NULL,
     "leave the test set untouched [test once, at the end]", .offset = AT(no_test), .value = 1},
    {"profile", FM_OPTION_FLAG, 0, NULL, NULL,
     "print the time of each kernel and of the host [off: it slows down small steps]",
     .offset = AT(profile), .value = 1},
    {"gemm", FM_OPTION_CHOICE, 0, "G", "auto", "matrix-product back end: auto, native, clblast",
     .offset = AT(gemm), .names = fm_gemm_names},
    CLI_NO_CHECK_OPTION(AT(no_check)),
    {.name = NULL},
};

static const cli_group groups[] = {CLI_SETTINGS_GROUP("Network", AT(given), FM_SETTINGS_NETWORK),
                                   CLI_SETTINGS_GROUP("Training", AT(given), FM_SETTINGS_TRAINING),
                                   {"Run", run_options, 0, 0},
                                   CLI_COMMON_GROUP,
                                   {NULL, NULL, 0, 0}};

static void print_start(const job *j) {
    const fm_architecture *architecture = fm_weights_architecture(j->state->weights);
    const fm_train_state *state = j->state;
    char network[64];
    if (j->settings->common.verbosity < 0)
        return;
    fm_architecture_text(network, sizeof network, architecture);
    if (!j->recorded)
        cli_note("training %s on %s, into %s", network, fm_device_get_info(j->session.device)->name,
                 fm_run_folder_path(j->folder));
    else if (state->epochs < j->options.epochs &&
             !(j->options.max_steps && state->steps >= j->options.max_steps))
        cli_note("resuming %s on %s, in %s: epoch %zu, after %llu step%s", network,
                 fm_device_get_info(j->session.device)->name, fm_run_folder_path(j->folder),
                 state->epochs + 1, (unsigned long long)state->steps, cli_plural(state->steps));
    else
        cli_note("the run in %s is already complete: %zu epoch%s, %llu step%s",
                 fm_run_folder_path(j->folder), state->epochs, cli_plural(state->epochs),
                 (unsigned long long)state->steps, cli_plural(state->steps));
    if (j->settings->common.verbosity > 0)
        cli_note("%zu parameters, %s, %s, %s, batches of %zu",
                 fm_architecture_parameter_count(architecture),
                 fm_activation_name(architecture->activation), fm_loss_name(j->options.loss),
                 fm_optimizer_name(j->options.optimizer.kind), j->options.batch_size);
}

static int check_options(const job *j, fm_error *error) {
    const size_t images = fm_dataset_train(j->session.dataset).count;
    const double fraction = j->options.val_fraction;
    int status = fm_train_options_check(&j->options, images, error);
    if (!status && fraction > 0 && round(fraction * (double)images) < 1)
        cli_warning("--val-fraction: %g of %zu images is none, so nothing is validated", fraction,
                    images);
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

/* The file determines the network. A setting that contradicts it is a mistake. */
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
        fm_error_set(error, FM_E_ARGUMENT, "--init", "the network in %s has --%s %s", path,
                     row->name, text);
        status = fm_error_hint(error, "the file determines the network; leave the option out");
    }
    return status;
}

/* Loads the weights of --init. --activation and --config name the activation that the file does not
 * tell. */
static int load_init(fm_weights **out, const settings *s, const cli_arguments *arguments,
                     fm_error *error) {
    fm_settings wanted;
    fm_settings_init(&wanted);
    const enum fm_activation standard = wanted.architecture.activation;
    int status = s->config ? fm_settings_json_load(&wanted, s->config, error) : FM_OK;
    if (!status)
        status = cli_settings_apply(&wanted, &s->given, s->common.seed, arguments, error);
    if (status)
        return status;
    const enum fm_activation *activation = &wanted.architecture.activation;
    const int is_given = cli_options_given(arguments, "activation") || *activation != standard;
    return cli_checkpoint_load(out, s->init, is_given ? activation : NULL, error);
}

/* The settings of a new run. Later sources override earlier ones: defaults, network of --init,
 * --config, command line. *weights are those of --init, or NULL. */
static int combine_settings(fm_settings *out, fm_weights **weights, const settings *s,
                            const cli_arguments *arguments, fm_error *error) {
    int status = FM_OK;
    *weights = NULL;
    fm_settings_init(out);
    if (s->init)
        status = load_init(weights, s, arguments, error);
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
    int status = combine_settings(&start, &weights, s, arguments, error);
    fm_weights_free(weights);
    return status ? status : cli_json_print(fm_settings_json(&start), error);
}

/* The initial state: the weights of --init, or random weights. */
static int make_state(job *j, const cli_arguments *arguments, fm_error *error) {
    fm_settings start;
    fm_weights *weights = NULL, *loaded;
    int status = combine_settings(&start, &loaded, j->settings, arguments, error);
    j->options = start.options;
    if (!status) {
        cli_settings_warn_unused(&start, arguments, NULL);
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

/* Prepares a new run, including its folder. */
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

static int resume(job *j, const cli_arguments *arguments, fm_error *error) {
    int status = cli_train_open_run(j, arguments, error);
    if (!status)
        status = cli_train_reopen_session(j, arguments, error);
    if (!status)
        status = check_options(j, error);
    if (!status)
        status = check_device(j, error);
    if (!status)
        cli_interrupt_catch();
    return status;
}

/* The absolute path, so that a resumed run finds the folder from anywhere. */
static int keep_path(char **out, const char *path, fm_error *error) {
    char here[4096];
    fm_text text = {0};
    if (path[0] != '/' && getcwd(here, sizeof here))
        fm_text_print(&text, "%s/", here);
    fm_text_add(&text, path);
    return fm_text_take(out, &text, "the folder's path", error);
}

/* A resumed run goes on where it wrote its curves. If that folder is not there any more, only a
 * warning says so, unless the user named it. */
static int open_curves(job *j, fm_error *error) {
    const char *folder = j->settings->tensorboard;
    if (!folder && j->recorded && j->recorded->tensorboard[0])
        folder = j->recorded->tensorboard;
    if (!folder)
        return FM_OK;
    fm_error problem = {0};
    int status = fm_tensorboard_create(&j->curves, folder,
                                       j->recorded ? (int64_t)j->state->epochs + 1 : 0, &problem);
    if (status && !j->settings->tensorboard) {
        cli_warning("%s: %s; the curves for TensorBoard end here", problem.what, problem.why);
        return FM_OK;
    }
    if (status && error)
        *error = problem;
    return status ? status : keep_path(&j->curves_folder, folder, error);
}

/* Saves the initial state, so that the run can be resumed even if it stops in the first epoch. */
static int prepare(job *j, const cli_arguments *arguments, fm_error *error) {
    const settings *s = j->settings;
    int status = FM_OK;
    if (s->fallback) { /* an unusable folder is reported now, not when it is needed */
        status = fm_run_folder_create(&j->fallback, s->fallback, NULL, error);
    }
    if (!status)
        status = s->resume ? resume(j, arguments, error) : begin(j, arguments, error);
    if (!status)
        status = open_curves(j, error);
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
        print_start(j);
        status = cli_train_run(&result, j, error);
    }
    if (!status && j->settings->profile)
        status = cli_profile_print(&profile, j->session.device, error);
    if (!status)
        status = cli_train_finish(j, &result, error);
    return status == FM_E_OPENCL || status == FM_E_MEMORY ? cli_train_lost(j, error) : status;
}

static int run(void *value, const cli_arguments *arguments, fm_error *error) {
    job j = {.settings = value};
    if (j.settings->dump_config && !j.settings->resume)
        return dump_config(j.settings, arguments, error);
    int status = prepare(&j, arguments, error);
    if (!status)
        status = train(&j, error);
    fm_tensorboard_free(j.curves);
    free(j.curves_folder);
    fm_run_folder_free(j.folder);
    fm_run_folder_free(j.fallback);
    fm_train_state_free(j.state);
    free(j.recorded);
    cli_session_close(&j.session);
    return status;
}

const cli_command cli_train = {
    .name = "train",
    .operands = "",
    .summary = "Trains, validates, tests once at the end, and writes a run folder.",
    .about =
        "The run folder contains config.json, history.csv, last.safetensors, best.safetensors,\n"
        "metrics.json and report.html, a page with curves, test results and all settings.\n"
        "gnuplot draws its plots if it is installed.\n"
        "The checkpoint, resume.safetensors, is written after each epoch, every minute within a\n"
        "long epoch, and when the program is asked to end: by Ctrl-C, SIGTERM, SIGHUP, SIGUSR1, "
        "SIGUSR2\n"
        "or SIGXCPU. (Ctrl-\\ ends it at once.) Batch systems: #SBATCH --signal=TERM@60 gives it "
        "a\n"
        "minute before the time limit. --resume continues from the\n"
        "checkpoint, even after a crash. The result is bit-identical to an uninterrupted run. On\n"
        "another device the run resumes with a warning that results will not be bit-identical.",
    .groups = groups,
    .settings_size = sizeof(settings),
    .run = run,
};
