/* tune: searches for the fastest tuning parameters of a device, and stores them. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/cache.h"
#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/json.h"
#include "cli/message.h"
#include "cli/progress.h"
#include "cli/session.h"
#include "cli/settings.h"
#include "fmnist_cl/tune.h"
#include "io/choices_json.h"
#include "io/json.h"

enum { PATH_SIZE = 4096 };

typedef struct settings {
    cli_common common;
    fm_settings given; /* only the network is used */
    size_t batch_size;
    double seconds;
} settings;

#define AT(member) offsetof(settings, member)

static const fm_option own_options[] = {
    {"batch-size", FM_OPTION_SIZE, 0, "N", "128", "images per update", .offset = AT(batch_size),
     .low = 1, .high = 1e6},
    {"seconds", FM_OPTION_REAL, 0, "S", "60",
     "search time; afterwards the current candidate is finished and CLBlast is measured",
     .offset = AT(seconds), .high = 1e6},
    {.name = NULL},
};

static const cli_group groups[] = {CLI_SETTINGS_GROUP("Network", AT(given), FM_SETTINGS_NETWORK),
                                   {"Search", own_options, 0, 0},
                                   CLI_COMMON_GROUP,
                                   {NULL, NULL, 0, 0}};

typedef struct tuning {
    const settings *settings;
    cli_progress progress;
} tuning;

/* ---- Progress ---- */

/* A ratio of times as text. */
static void compare(char *out, size_t size, double ratio) {
    if (ratio >= 2)
        snprintf(out, size, "%.1f times as long", ratio);
    else if (ratio > 1)
        snprintf(out, size, "%.1f %% slower", 100 * (ratio - 1));
    else
        snprintf(out, size, "%.1f %% faster", 100 * (1 / ratio - 1));
}

static int on_progress(void *user, const fm_tune_progress *p) {
    static const char *const stages[] = {[FM_TUNE_PREPARING] = "preparing",
                                         [FM_TUNE_SEARCHING] = "searching",
                                         [FM_TUNE_COMPARING] = "comparing",
                                         [FM_TUNE_CLBLAST] = "measuring CLBlast"};
    tuning *t = user;
    char tail[96], left[16];
    const double rest = p->planned > p->seconds ? p->planned - p->seconds : 0;
    const int searching = p->stage <= FM_TUNE_SEARCHING && p->planned > 0;
    cli_time_left(left, sizeof left, rest);
    snprintf(tail, sizeof tail, "%zu tried  %.1f %% faster  %s left", p->tried, 100 * p->gain,
             left);
    cli_progress_bar(&t->progress, stages[p->stage],
                     searching && rest > 0 ? p->seconds / p->planned : 1, tail);
    return cli_interrupt_pending();
}

/* Prints a line for each new best; with -v, for each candidate. */
static void on_tried(void *user, const fm_tune_trial *trial, const fm_tune_progress *p) {
    tuning *t = user;
    char how[256];
    if (t->settings->common.verbosity + trial->won <= 0)
        return;
    if (trial->error)
        snprintf(how, sizeof how, "rejected: %.240s", trial->error->why);
    else
        compare(how, sizeof how, trial->ratio);
    cli_progress_clear(&t->progress);
    for (size_t i = 0; i < FM_CHOICES; i++) {
        const int value = fm_choice_value(trial->choices, i);
        if (value != fm_choice_value(trial->before, i))
            cli_note("[%zu] %s %d: %s", p->tried, fm_choice_get(i)->name, value, how);
    }
}

/* ---- Results ---- */

static json_t *seconds_json(double seconds) {
    return seconds > 0 ? fm_json_real(seconds) : json_null();
}

static int print_json(const fm_tune_result *r, const fm_device_info *info, const char *path,
                      fm_error *error) {
    const fm_tuned *best = &r->best;
    json_t *document = json_pack(
        "{s:i, s:o, s:s, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:I, s:I, s:b, s:o}", "number",
        info->number, "device", fm_json_text(info->name), "network", best->network, "batch_size",
        (json_int_t)best->batch_size, "built_in", fm_choices_json(&r->built_in), "choices",
        fm_choices_json(&best->choices), "built_in_seconds", seconds_json(best->built_in_seconds),
        "seconds", seconds_json(best->seconds), "gain",
        fm_json_real(best->built_in_seconds / best->seconds - 1), "clblast_seconds",
        seconds_json(best->clblast_seconds), "products", fm_gemm_name(fm_tuned_products(best)),
        "tried", (json_int_t)r->tried, "refused", (json_int_t)r->refused, "complete", r->complete,
        "file", fm_json_text(path));
    return cli_json_print(document, error);
}

static void print_text(const fm_tune_result *r, const fm_device_info *info, const char *path) {
    const fm_tuned *best = &r->best;
    char how[32];
    printf("%s, batches of %zu, on %s\n\n%-12s %12s %12s\n", best->network, best->batch_size,
           info->name, "", "default", "tuned");
    for (size_t i = 0; i < FM_CHOICES; i++)
        if (fm_choice_get(i)->in_groups == r->in_groups)
            printf("%-12s %12d %12d\n", fm_choice_get(i)->name, fm_choice_value(&r->built_in, i),
                   fm_choice_value(&best->choices, i));
    compare(how, sizeof how, best->seconds / best->built_in_seconds);
    printf("%-12s %9.3f ms %9.3f ms  %s\n", "per step", 1e3 * best->built_in_seconds,
           1e3 * best->seconds, best->seconds < best->built_in_seconds ? how : "not faster");
    if (best->clblast_seconds > 0) {
        compare(how, sizeof how, best->clblast_seconds / best->seconds);
        printf("%-12s %12s %9.3f ms  %s; --gemm auto uses %s\n", "CLBlast", "",
               1e3 * best->clblast_seconds, how,
               fm_tuned_products(best) == FM_GEMM_CLBLAST ? "CLBlast" : "native kernels");
    }
    printf("\n%zu tried, %zu rejected%s; stored in ", r->tried, r->refused,
           r->complete ? "" : " (stopped by --seconds)");
    cli_print_clean(stdout, path);
    putchar('\n');
}

static int interrupted(const fm_tune_result *r, const char *path, fm_error *error) {
    if (!r->kept || r->best.seconds >= r->best.built_in_seconds)
        return fm_error_set(error, FM_E_INTERRUPTED, "interrupted", "nothing faster was found");
    return fm_error_set(error, FM_E_INTERRUPTED, "interrupted",
                        "the best so far, %.1f %% faster, is stored in %s",
                        100 * (r->best.built_in_seconds / r->best.seconds - 1), path);
}

/* ---- */

/* Other failures stop the tuning, which reports them. */
static void warn_damaged_file(const char *cache, const fm_device_info *info) {
    fm_tuning kept;
    fm_error error = {0};
    if (fm_tuning_read(&kept, cache, info, &error) == FM_E_FORMAT)
        cli_warning("%s: %s; the file will be replaced", error.what, error.why);
}

static int search(const settings *s, const fm_device_list *list, const fm_device_info *info,
                  fm_tune_options *options, fm_error *error) {
    char folder[PATH_SIZE], path[PATH_SIZE];
    tuning t = {.settings = s};
    const fm_tune_observer observer = {&t, on_progress, on_tried};
    fm_tune_result result;
    options->cache = cli_cache_folder(folder, sizeof folder);
    if (!options->cache || !fm_tuning_path(path, sizeof path, options->cache, info)) {
        fm_error_set(error, FM_E_FILE, "the cache folder", "cannot be determined");
        return fm_error_hint(error, "set the environment variable FMNIST_CACHE to a folder");
    }
    if (s->common.verbosity >= 0) {
        char network[64];
        fm_architecture_text(network, sizeof network, &options->architecture);
        cli_note("tuning %s for %s, batches of %zu", info->name, network, options->batch_size);
    }
    warn_damaged_file(options->cache, info);
    cli_interrupt_catch();
    cli_progress_start(&t.progress, s->common.verbosity, 0);
    int status = fm_tune(&result, list, info->number, options, &observer, error);
    cli_progress_clear(&t.progress);
    if (status == FM_E_INTERRUPTED)
        return interrupted(&result, path, error);
    if (status)
        return status;
    if (s->common.json)
        return print_json(&result, info, path, error);
    print_text(&result, info, path);
    return FM_OK;
}

static int run(void *value, const cli_arguments *arguments, fm_error *error) {
    const settings *s = value;
    fm_device_list *list = NULL;
    const fm_device_info *info = NULL;
    fm_tune_options options = {.batch_size = s->batch_size, .seconds = s->seconds};
    int status = cli_settings_network(&options.architecture, &s->given, arguments, error);
    if (!status)
        status = fm_device_list_create(&list, error);
    if (!status)
        status = cli_device_choose(&info, list, &s->common, error);
    if (!status && info->type == FM_DEVICE_REFERENCE)
        status = fm_error_set(error, FM_E_ARGUMENT, "--device",
                              "the reference has no tuning parameters");
    if (!status)
        status = search(s, list, info, &options, error);
    fm_device_list_free(list);
    return status;
}

const cli_command cli_tune = {
    .name = "tune",
    .operands = "",
    .summary = "Searches for the tuning parameters with which a device trains a network fastest.",
    .about =
        "Tries tile sizes and numbers of work-groups on generated images. Each candidate is\n"
        "checked against the reference and timed alternately with the best so far. train and\n"
        "bench use the result for trainings of a similar size on the same device and driver;\n"
        "results stay bit-identical. tune also measures CLBlast, and --gemm auto uses the faster\n"
        "back end. Ctrl-C ends the search. The best so far is stored in $FMNIST_CACHE, else\n"
        "~/.cache/fmnist-cl.",
    .groups = groups,
    .settings_size = sizeof(settings),
    .run = run,
};
