/* The experiment runner, which explore and study share: data set, devices, and the trials' progress
 * on stderr. */
#ifndef FM_CLI_EXPERIMENT_RUNNER_H
#define FM_CLI_EXPERIMENT_RUNNER_H

#include "cli/command.h"
#include "cli/session.h"
#include "fmnist_cl/experiment.h"
#include "settings/enums.h"

typedef struct cli_runner {
    const cli_common *common;
    fm_device_list *list;
    const fm_device_info *device;
    enum fm_gemm gemm;
    fm_dataset *dataset;
    fm_pool *pool;
    int live;                  /* stderr is a terminal that can be drawn on */
    int blocks;                /* and it shows Unicode block characters */
    double drawn;              /* when the line was last drawn, in fm_clock_seconds */
    int shown;                 /* a progress line is on the terminal */
    const fm_trial *elsewhere; /* a trial that ran on another device */
    int warned;                /* the user was warned about that */
} cli_runner;

/* Options of both commands. Their values are size_t, double (in percent points) and enum fm_gemm.
 */
#define CLI_SEEDS_OPTION(place)                                                                    \
    {                                                                                              \
        "seeds", FM_OPTION_SIZE, 0, "K", "3",                                                      \
            "trainings per value, with the seeds --seed, --seed + 1 and so on",                    \
            .offset = (place), .low = 1, .high = FM_MAX_SEEDS                                      \
    }
#define CLI_UNTIL_DECIDED_OPTION(place)                                                            \
    {                                                                                              \
        "until-decided", FM_OPTION_SIZE, 0, "[MAX]", NULL,                                         \
            "add seeds to undecided values and the best until none is undecided, up to MAX "       \
            "trainings per value [off; without MAX: 10]",                                          \
            .offset = (place), .low = 2, .high = FM_MAX_SEEDS, .omitted = "10"                     \
    }
#define CLI_MARGIN_OPTION(place)                                                                   \
    {                                                                                              \
        "margin", FM_OPTION_REAL, 0, "X", "0.2",                                                   \
            "difference in percent points that does not matter: values within it are equivalent",  \
            .offset = (place), .low = 0, .high = 100                                               \
    }
#define CLI_RUNNER_GEMM_OPTION(place)                                                              \
    {                                                                                              \
        "gemm", FM_OPTION_CHOICE, 0, "G", "auto",                                                  \
            "matrix-product back end: auto (here always native), native, clblast",                 \
            .offset = (place), .names = fm_gemm_names                                              \
    }

/* FM_E_ARGUMENT if MAX is less than the number of seeds. */
int cli_runner_check_seeds(size_t until_decided, size_t seeds, fm_error *error);

/* Reads the data set. The first trial that needs the device opens it and, if `checked`, checks it,
 * so *out must not move. On failure nothing stays open. Close with cli_runner_close. */
int cli_runner_open(cli_runner *out, const cli_common *common, enum fm_gemm gemm, int checked,
                    fm_error *error);
void cli_runner_close(cli_runner *runner);

/* Warns, once, if finished trials of this or an earlier experiment ran on another device than the
 * remaining ones will. The experiments must stay open. */
void cli_runner_compare_device(cli_runner *runner, const fm_experiment *experiment);

/* Shows progress, and stops after Ctrl-C. */
fm_experiment_observer cli_runner_observer(cli_runner *runner);
void cli_runner_clear_line(cli_runner *runner);

/* After FM_E_INTERRUPTED: sets an error with a hint how to resume. */
int cli_runner_interrupted(const char *folder, fm_error *error);

/* Writes the progress line, truncated to the terminal's columns, to out[size]. */
void cli_runner_line(char *out, size_t size, const fm_live *live, int blocks, size_t columns);

/* Prints the results as a table, and the conclusion. */
void cli_runner_print(const fm_experiment *experiment, const fm_conclusion *conclusion);
/* Prints the results as a plot. FM_E_MEMORY. */
int cli_runner_draw(const fm_experiment *experiment, const fm_conclusion *conclusion,
                    fm_error *error);

#endif
