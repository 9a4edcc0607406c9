/* How far something is, a training above all: a live bar on a terminal, and a line after each
 * epoch, on stderr. */
#ifndef FM_CLI_PROGRESS_H
#define FM_CLI_PROGRESS_H

#include <stddef.h>

#include "fmnist_cl/trainer.h"

typedef struct cli_progress {
    int live;      /* stderr is a terminal that can be drawn on */
    int verbosity; /* -1: nothing is shown */
    size_t epochs; /* planned */
    double drawn;  /* when the bar was last drawn, in fm_clock_seconds */
    int shown;     /* a bar stands on the terminal's last line */
} cli_progress;

void cli_progress_start(cli_progress *out, int verbosity, size_t epochs);
void cli_progress_update(cli_progress *progress, const fm_progress *state);
/* The same of anything else: done is 0 to 1. */
void cli_progress_bar(cli_progress *progress, const char *head, double done, const char *tail);
void cli_progress_epoch(cli_progress *progress, const fm_epoch *epoch);
/* Removes the bar, so that other lines may follow. */
void cli_progress_clear(cli_progress *progress);

/* The bar's line for a terminal of so many columns, never longer than fits, into out[size]. */
void cli_progress_line(char *out, size_t size, const fm_progress *state, size_t columns);
void cli_bar_line(char *out, size_t size, const char *head, double done, const char *tail,
                  size_t columns);

/* 1234567.8 as "1,234,568"; "-" when it is not a finite number of 0 or more. */
void cli_thousands(char *out, size_t size, double value);

/* 83.4 as "1:23", hours where there are any; "-:--" when it is not known. */
void cli_time_left(char *out, size_t size, double seconds);

#endif
