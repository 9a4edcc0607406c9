#include "cli/progress.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
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
    char head[48], tail[64], rate[24], left[16];
    const double done = state->images ? (double)state->images_done / (double)state->images : 0;
    snprintf(head, sizeof head, "epoch %zu/%zu", state->epoch, state->epochs);
    cli_thousands(rate, sizeof rate, state->images_per_s);
    cli_time_left(left, sizeof left, state->seconds_left);
    snprintf(tail, sizeof tail, "%s images/s  %s left", rate, left);
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

void cli_progress_epoch(cli_progress *progress, const fm_epoch *epoch) {
    cli_progress_clear(progress);
    if (progress->verbosity < 0)
        return;
    char val[64] = "", rate[24], number[24];
    int width = snprintf(number, sizeof number, "%zu", progress->epochs);
    if (epoch->has_val)
        snprintf(val, sizeof val, "  val %.4f %6.2f %%", epoch->val.loss,
                 100 * epoch->val.accuracy);
    cli_thousands(rate, sizeof rate, epoch->images_per_s);
    fprintf(stderr, "epoch %*zu/%s  train %.4f %6.2f %%%s  %.2f s  %s images/s\n", width,
            epoch->number, number, epoch->train.loss, 100 * epoch->train.accuracy, val,
            epoch->seconds, rate);
}
