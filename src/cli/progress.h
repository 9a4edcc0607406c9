/* Progress on stderr: a live bar on a terminal, and a line after each epoch. */
#ifndef FM_CLI_PROGRESS_H
#define FM_CLI_PROGRESS_H

#include <stddef.h>

#include "fmnist_cl/trainer.h"

typedef struct cli_progress {
    int live;      /* stderr is a terminal that can be drawn on */
    int verbosity; /* -1: nothing is shown */
    size_t epochs; /* planned */
    double drawn;  /* when the bar was last drawn, in fm_clock_seconds */
    int shown;     /* a bar is on the terminal */
} cli_progress;

void cli_progress_start(cli_progress *out, int verbosity, size_t epochs);
void cli_progress_update(cli_progress *progress, const fm_progress *state);
/* The bar of another activity; done is from 0 to 1. */
void cli_progress_bar(cli_progress *progress, const char *head, double done, const char *tail);
void cli_progress_epoch(cli_progress *progress, const fm_epoch *epoch);
/* Removes the bar, so that other lines can be printed. */
void cli_progress_clear(cli_progress *progress);

/* Writes the line of a finished epoch to out[size]; what has no room in the columns is left out. */
void cli_progress_epoch_line(char *out, size_t size, const fm_epoch *epoch, size_t epochs,
                             size_t columns);

/* Write the bar, truncated to the terminal's columns, to out[size]. */
void cli_progress_line(char *out, size_t size, const fm_progress *state, size_t columns);
void cli_bar_line(char *out, size_t size, const char *head, double done, const char *tail,
                  size_t columns);

/* 1234567.8 as "1,234,568"; "-" if the value is negative or not finite. */
void cli_thousands(char *out, size_t size, double value);

/* 83.4 as "1:23", 3683 as "1:01:23"; "-:--" if unknown (negative). */
void cli_time_left(char *out, size_t size, double seconds);

#endif
