#include "cli/experiment_runner.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "cli/device_check.h"
#include "cli/interrupt.h"
#include "cli/message.h"
#include "cli/progress.h"
#include "cli/terminal.h"
#include "report/experiment_plot.h"
#include "report/terminal_plot.h"

/* ---- Open and close ---- */

/* Trials may have any activation; PReLU needs the most operations. */
static int check_device(void *user, fm_device *device, fm_error *error) {
    const cli_runner *runner = user;
    return cli_device_check(device, FM_PRELU, runner->common, error);
}

int cli_runner_open(cli_runner *out, const cli_common *common, enum fm_gemm gemm, int checked,
                    fm_error *error) {
    *out = (cli_runner){.common = common, .gemm = gemm};
    out->live = common->verbosity >= 0 && cli_terminal(stderr);
    out->blocks = cli_terminal_of(stderr).drawn;
    int status = fm_device_list_create(&out->list, error);
    if (!status)
        status = cli_device_choose(&out->device, out->list, common, error);
    if (!status)
        status = cli_dataset_load(&out->dataset, common, error);
    if (!status)
        status = fm_pool_create(&out->pool, out->list, out->device->number, gemm, error);
    if (!status && checked)
        fm_pool_on_open(out->pool, check_device, out);
    if (status)
        cli_runner_close(out);
    return status;
}

int cli_runner_check_seeds(size_t until_decided, size_t seeds, fm_error *error) {
    if (!until_decided || until_decided >= seeds)
        return FM_OK;
    return fm_error_set(error, FM_E_ARGUMENT, "--until-decided",
                        "%zu is less than the %zu of --seeds", until_decided, seeds);
}

void cli_runner_close(cli_runner *runner) {
    fm_pool_free(runner->pool);
    fm_dataset_free(runner->dataset);
    fm_device_list_free(runner->list);
    *runner = (cli_runner){.common = runner->common};
}

int cli_runner_interrupted(const char *folder, fm_error *error) {
    char why[128];
    snprintf(why, sizeof why, "%.120s", error->why);
    fm_error_set(error, FM_E_INTERRUPTED, "interrupted", "%s; finished trials are in %s", why,
                 folder);
    return fm_error_hint(error, "run the same command again to resume");
}

void cli_runner_compare_device(cli_runner *runner, const fm_experiment *experiment) {
    const fm_trial *first;
    const fm_device_info *here = runner->device;
    fm_experiment_on_other_device(&first, experiment);
    if (!runner->elsewhere)
        runner->elsewhere = first;
    if (!runner->elsewhere || runner->warned || !fm_experiment_left(experiment))
        return;
    runner->warned = 1;
    first = runner->elsewhere;
    cli_warning(
        "earlier trials ran on %s (driver %s), the remaining ones run on %s (driver %s): their "
        "results and times are not comparable, and unfinished trials start again",
        first->device[0] ? first->device : "an unknown device",
        first->driver[0] ? first->driver : "none", here->name,
        here->driver[0] ? here->driver : "none");
}

/* ---- While trials run ---- */

static const char *factor_of(const fm_live *live) {
    return fm_factor_name(live->plan->factor);
}

/* "lr 0.003, seed 1". Trials of the epochs experiment and of the final run differ only in the seed.
 */
static void name_trial(char *out, size_t size, const fm_live *live, const fm_trial *trial) {
    unsigned long long seed = trial->seed;
    if (live->plan->factor == FM_FACTOR_EPOCHS || live->plan->factor == FM_FACTOR_FINAL)
        snprintf(out, size, "%s, seed %llu", factor_of(live), seed);
    else
        snprintf(out, size, "%s %s, seed %llu", factor_of(live), live->plan->value[trial->value],
                 seed);
}

/* Draws the validation accuracies, one character per epoch, scaled from the lowest to the highest.
 */
static void draw_curve(char *out, size_t size, const fm_trial *trial, size_t cells) {
    static const char *const levels[] = {"\u2581", "\u2582", "\u2583", "\u2584",
                                         "\u2585", "\u2586", "\u2587", "\u2588"};
    size_t first = trial->epochs > cells ? trial->epochs - cells : 0, at = 0;
    double low = 1, high = 0;
    out[0] = '\0';
    for (size_t i = first; i < trial->epochs; i++) {
        low = fmin(low, trial->curve[i].val.accuracy);
        high = fmax(high, trial->curve[i].val.accuracy);
    }
    for (size_t i = first; i < trial->epochs && at + 4 < size; i++) {
        double share = high > low ? (trial->curve[i].val.accuracy - low) / (high - low) : 1;
        at += (size_t)snprintf(out + at, size - at, "%s", levels[(size_t)(7.0 * share + 0.5)]);
    }
}

/* The number of columns of a UTF-8 text: one per character. Continuation bytes do not count. */
static size_t width(const char *text) {
    size_t count = 0;
    for (; *text; text++)
        count += ((unsigned char)*text & 0xc0) != 0x80;
    return count;
}

void cli_runner_line(char *out, size_t size, const fm_live *live, int blocks, size_t columns) {
    char head[32], name[96] = "", more[40] = "", left[16], figures[64] = "", curve[128] = "";
    const size_t room =
        columns > 1 ? columns - 1 : 1; /* a full line would wrap on some terminals */
    cli_time_left(left, sizeof left, live->seconds_left);
    snprintf(head, sizeof head, "[%zu/%zu] ", live->done, live->total);
    if (live->running) {
        const fm_trial *trial = live->trial[0];
        name_trial(name, sizeof name, live, trial);
        if (trial->epochs)
            snprintf(figures, sizeof figures, " %.2f %%",
                     100 * trial->curve[trial->epochs - 1].val.accuracy);
        if (live->running > 1)
            snprintf(more, sizeof more, " (and %zu more)", live->running - 1);
    }
    size_t used = strlen(head) + strlen(name) + strlen(figures) + strlen(more) + strlen(left) + 8;
    if (blocks && live->running && room > used + 4) {
        size_t cells = room - used - 2 < 30 ? room - used - 2 : 30;
        curve[0] = ' ';
        draw_curve(curve + 1, sizeof curve - 1, live->trial[0], cells);
    }
    snprintf(out, size, "%s%s%s%s%s  %s left", head, name, curve, figures, more, left);
    /* Truncates between characters. */
    for (size_t length = strlen(out); width(out) > room && length > 0;)
        out[--length] = '\0';
}

void cli_runner_clear_line(cli_runner *runner) {
    if (!runner->shown)
        return;
    fputs("\r\033[K", stderr);
    fflush(stderr);
    runner->shown = 0;
}

static int on_progress(void *user, const fm_live *live) {
    const double interval = 0.1;
    cli_runner *runner = user;
    double now = fm_clock_seconds();
    if (runner->live && live->running && !(runner->shown && now - runner->drawn < interval)) {
        char line[512];
        cli_runner_line(line, sizeof line, live, runner->blocks, cli_terminal_of(stderr).columns);
        fprintf(stderr, "\r%s\033[K", line);
        fflush(stderr);
        runner->drawn = now;
        runner->shown = 1;
    }
    return cli_interrupt_pending();
}

static void on_trial(void *user, const fm_live *live, const fm_trial *trial) {
    cli_runner *runner = user;
    char name[96], left[16];
    cli_runner_clear_line(runner);
    if (runner->common->verbosity < 0)
        return;
    name_trial(name, sizeof name, live, trial);
    cli_time_left(left, sizeof left, live->seconds_left);
    if (trial->failed) {
        cli_note("[%zu/%zu] %s: failed: %s", live->done, live->total, name, trial->reason);
        return;
    }
    double seconds = 0;
    for (size_t i = 0; i < trial->epochs; i++)
        seconds += trial->curve[i].seconds;
    const fm_epoch *last = &trial->curve[trial->epochs - 1];
    cli_note("[%zu/%zu] %s: val %.4f %6.2f %% after %zu epoch%s in %.2f s, %s left", live->done,
             live->total, name, last->val.loss, 100 * last->val.accuracy, trial->epochs,
             cli_plural(trial->epochs), seconds, left);
}

fm_experiment_observer cli_runner_observer(cli_runner *runner) {
    return (fm_experiment_observer){runner, on_progress, on_trial};
}

/* ---- Results ---- */

/* Mean, difference and verdict of a value. In a narrow window only what matters most. */
static void print_value(const fm_plan *plan, const fm_conclusion *c, size_t v, int is_narrow) {
    const fm_value_result *r = &c->value[v];
    const char *verdict = fm_verdict_name(r->verdict), *chosen = v == c->choice ? ", chosen" : "";
    char mean[16] = "-", sd[16] = "-", difference[48] = "", loss[16] = "-", seconds[16] = "-";
    if (r->n) {
        snprintf(mean, sizeof mean, "%.2f %%", 100 * r->mean);
        snprintf(loss, sizeof loss, "%.4f", r->loss);
        snprintf(seconds, sizeof seconds, "%.2f", r->seconds);
    }
    if (r->n > 1)
        snprintf(sd, sizeof sd, "%.2f", 100 * r->sd);
    if (r->compared)
        snprintf(difference, sizeof difference, "%+.2f [%+.2f, %+.2f]", 100 * r->difference.mean,
                 100 * r->difference.low, 100 * r->difference.high);
    if (is_narrow)
        printf("%-10s %8s %s%s\n", plan->value[v], mean, verdict, chosen);
    else
        printf("%-11s %8s %5s %7s %3zu %8s  %-21s %s%s\n", plan->value[v], mean, sd, loss, r->n,
               seconds, difference, verdict, chosen);
}

void cli_runner_print(const fm_experiment *experiment, const fm_conclusion *c) {
    enum { WIDE = 92 };
    const fm_plan *plan = fm_experiment_plan(experiment);
    const int is_narrow = cli_is_narrower(WIDE);
    char words[4096];
    if (is_narrow)
        printf("%-10s %8s\n", fm_factor_name(plan->factor), "accuracy");
    else
        printf("%-11s %8s %5s %7s %3s %8s  %s\n", fm_factor_name(plan->factor), "accuracy", "s.d.",
               "loss", "n", "seconds", "to the best [95 %]");
    for (size_t v = 0; v < c->value_count; v++)
        print_value(plan, c, v, is_narrow);
    fm_conclusion_text(words, sizeof words, c, plan);
    putchar('\n');
    cli_print_wrapped(words, 0);
}

int cli_runner_draw(const fm_experiment *experiment, const fm_conclusion *conclusion,
                    fm_error *error) {
    enum { ROWS = 12, MOST_COLUMNS = 100 };
    const fm_terminal terminal = cli_terminal_of(stdout);
    const size_t room = terminal.columns - 1; /* a full line would wrap on some terminals */
    const size_t columns = room < MOST_COLUMNS ? room : MOST_COLUMNS;
    const fm_plan *plan = fm_experiment_plan(experiment);
    fm_experiment_plot *plot;
    char *text = NULL;
    if (plan->value_count < 2 || conclusion->best == FM_NO_VALUE)
        return FM_OK;
    int status = fm_memory_allocate(&plot, 1, sizeof *plot, "a plot", error);
    if (status)
        return status;
    fm_experiment_plot_make(plot, plan, conclusion);
    status = fm_terminal_plot(&text, &plot->plot, columns, ROWS, terminal.drawn, error);
    if (!status)
        printf("\n%s", text);
    free(text);
    free(plot);
    return status;
}
