#include "cli/progress.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/count.h"
#include "cli/message.h"
#include "cli/terminal.h"

void cli_thousands(char *out, size_t size, double value) {
    if (!(value >= 0 && value < 1e15)) {
        snprintf(out, size, "-");
        return;
    }
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%.0f", value);
    size_t at = 0;
    for (int i = 0; i < length && at + 2 < size; i++) {
        if (i && (length - i) % 3 == 0)
            out[at++] = ',';
        out[at++] = digits[i];
    }
    out[at] = '\0';
}

void cli_time_left(char *out, size_t size, double seconds) {
    if (!(seconds >= 0 && seconds < 1e8))
        snprintf(out, size, "-:--");
    else if (seconds < 3600)
        snprintf(out, size, "%d:%02d", (int)seconds / 60, (int)seconds % 60);
    else
        snprintf(out, size, "%d:%02d:%02d", (int)seconds / 3600, (int)seconds / 60 % 60,
                 (int)seconds % 60);
}

void cli_bar_line(char *out, size_t size, const char *head, double done, const char *tail,
                  size_t columns) {
    enum { LEAST_BAR = 8, MOST_BAR = 40, MOST_COLUMNS = 200 };
    /* A full line would wrap on some terminals. */
    size_t room = columns > 1 ? columns - 1 : 1;
    room = room < MOST_COLUMNS ? room : MOST_COLUMNS;
    size_t text = strlen(head) + strlen(tail) + 12; /* blanks, brackets and percents */
    char bar[MOST_BAR + 4] = "";
    if (room >= text + LEAST_BAR) {
        size_t cells = room - text < MOST_BAR ? room - text : MOST_BAR;
        size_t full = (size_t)((double)cells * done);
        bar[0] = '[';
        memset(bar + 1, ' ', cells);
        memset(bar + 1, '=', full);
        if (full < cells)
            bar[1 + full] = '>';
        memcpy(bar + 1 + cells, "] ", 3);
    }
    char line[MOST_COLUMNS + 64];
    snprintf(line, sizeof line, "%s %s%3.0f %%  %s", head, bar, 100 * done, tail);
    snprintf(out, size, "%.*s", (int)room, line);
}

void cli_progress_line(char *out, size_t size, const fm_progress *state, size_t columns) {
    enum { BAR = 32 }; /* columns for the bar and the share that is done */
    char head[48], tail[96], rate[24], left[16], score[48] = "", speed[40] = "";
    const double done = state->images ? (double)state->images_done / (double)state->images : 0;
    snprintf(head, sizeof head, "epoch %zu/%zu", state->epoch, state->epochs);
    cli_thousands(rate, sizeof rate, state->images_per_s);
    cli_time_left(left, sizeof left, state->seconds_left);
    if (state->scored)
        snprintf(score, sizeof score, "loss %.4f %6.2f %%  ", state->running.loss,
                 100 * state->running.accuracy);
    if (state->images_per_s > 0)
        snprintf(speed, sizeof speed, "%s images/s  ", rate);
    /* Whatever has no room is left out. */
    const size_t room = columns > BAR + strlen(head) ? columns - BAR - strlen(head) : 0;
    if (strlen(score) + strlen(speed) + strlen(left) > room)
        speed[0] = '\0';
    if (strlen(score) + strlen(left) > room)
        score[0] = '\0';
    snprintf(tail, sizeof tail, "%s%s%s left", score, speed, left);
    cli_bar_line(out, size, head, done, tail, columns);
}

void cli_progress_start(cli_progress *out, int verbosity, size_t epochs) {
    *out = (cli_progress){.live = cli_terminal(stderr), .verbosity = verbosity, .epochs = epochs};
}

static int is_due(const cli_progress *progress) {
    const double interval =
        0.1; /* seconds between two updates: smooth, and without measurable cost */
    return progress->live && progress->verbosity >= 0 &&
           !(progress->shown && fm_clock_seconds() - progress->drawn < interval);
}

static void draw(cli_progress *progress, const char *line) {
    fprintf(stderr, "\r%s\033[K", line);
    fflush(stderr);
    progress->drawn = fm_clock_seconds();
    progress->shown = 1;
}

void cli_progress_bar(cli_progress *progress, const char *head, double done, const char *tail) {
    char line[256];
    if (!is_due(progress))
        return;
    cli_bar_line(line, sizeof line, head, done, tail, cli_terminal_of(stderr).columns);
    draw(progress, line);
}

void cli_progress_update(cli_progress *progress, const fm_progress *state) {
    char line[256];
    if (!is_due(progress))
        return;
    cli_progress_line(line, sizeof line, state, cli_terminal_of(stderr).columns);
    draw(progress, line);
}

void cli_progress_clear(cli_progress *progress) {
    if (!progress->shown)
        return;
    fputs("\r\033[K", stderr);
    fflush(stderr);
    progress->shown = 0;
}

void cli_progress_epoch_line(char *out, size_t size, const fm_epoch *epoch, size_t epochs,
                             size_t columns) {
    char speed[40], rate[24], seconds[24], number[24], padding[24];
    char train[32], val[32] = "", train_loss[24], val_loss[24] = "";
    const int width = snprintf(number, sizeof number, "%zu", epochs);
    snprintf(padding, sizeof padding, "%*zu", width, epoch->number);
    padding[strspn(padding, " ")] = '\0'; /* the blanks before the number */
    snprintf(train_loss, sizeof train_loss, " %.4f", epoch->train.loss);
    snprintf(train, sizeof train, "%6.2f %%", 100 * epoch->train.accuracy);
    if (epoch->has_val) {
        snprintf(val_loss, sizeof val_loss, " %.4f", epoch->val.loss);
        snprintf(val, sizeof val, "  val%s %6.2f %%", val_loss, 100 * epoch->val.accuracy);
    }
    cli_thousands(rate, sizeof rate, epoch->images_per_s);
    snprintf(speed, sizeof speed, "  %s images/s", rate);
    snprintf(seconds, sizeof seconds, "  %.2f s", epoch->seconds);
    /* What has no room is left out: first the speed, then the time, the losses, and blanks. */
    char *const optional[] = {speed, seconds, train_loss, padding};
    for (size_t i = 0;; i++) {
        const int length = snprintf(out, size, "epoch %s%zu/%s  train%s %s%s%s%s", padding,
                                    epoch->number, number, train_loss, train, val, seconds, speed);
        if (length >= 0 && (size_t)length < columns)
            return;
        if (i == FM_COUNT(optional)) {
            if (epoch->has_val)
                snprintf(out, size, "epoch %zu/%s%s", epoch->number, number, val);
            return;
        }
        optional[i][0] = '\0';
        if (optional[i] == train_loss && epoch->has_val)
            snprintf(val, sizeof val, "  val %.2f %%", 100 * epoch->val.accuracy);
        if (optional[i] == padding)
            snprintf(train, sizeof train, "%.2f %%", 100 * epoch->train.accuracy);
    }
}

void cli_progress_epoch(cli_progress *progress, const fm_epoch *epoch) {
    cli_progress_clear(progress);
    if (progress->verbosity < 0)
        return;
    char line[256];
    /* A file has no width. */
    cli_progress_epoch_line(line, sizeof line, epoch, progress->epochs,
                            cli_terminal(stderr) ? cli_terminal_of(stderr).columns : sizeof line);
    fprintf(stderr, "%s\n", line);
}
