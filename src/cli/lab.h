/* What explore and study work with: the data set, a pool of devices, and how the trials' progress
 * is shown on stderr. */
#ifndef FM_CLI_LAB_H
#define FM_CLI_LAB_H

#include "cli/command.h"
#include "cli/session.h"
#include "fmnist_cl/experiment.h"
#include "settings/enums.h"

typedef struct cli_lab {
    const cli_common *common;
    fm_device_list *list;
    const fm_device_info *device;
    enum fm_gemm gemm;
    fm_dataset *dataset;
    fm_pool *pool;
    int live;                  /* stderr is a terminal that can be drawn on */
    int blocks;                /* which shows Unicode's blocks */
    double drawn;              /* when the line was last drawn, in fm_clock_seconds */
    int shown;                 /* a line stands there */
    const fm_trial *elsewhere; /* one that ran on another device */
    int warned;                /* that there is one */
} cli_lab;

/* Options of both: into a size_t, and into an enum fm_gemm. */
#define CLI_SEEDS_OPTION(place)                                                                    \
    {                                                                                              \
        "seeds", FM_OPTION_SIZE, 0, "K", "3",                                                      \
            "trainings of each value: with the seeds --seed, the next one and so on",              \
            .offset = (place), .low = 1, .high = FM_MAX_SEEDS                                      \
    }
#define CLI_LAB_GEMM_OPTION(place)                                                                 \
    {                                                                                              \
        "gemm", FM_OPTION_CHOICE, 0, "G", "auto",                                                  \
            "who computes the matrix products: auto (here always native), native, clblast",        \
            .offset = (place), .names = fm_gemm_names                                              \
    }

/* Reads the data set; the device itself is opened when the first trial needs it, and then checked
 * if it is to be: out must stay where it is. Nothing is left open when it fails. Close with
 * cli_lab_close. */
int cli_lab_open(cli_lab *out, const cli_common *common, enum fm_gemm gemm, int checked,
                 fm_error *error);
void cli_lab_close(cli_lab *lab);

/* Says, once, that the experiment's trials so far, or those of one before it, ran on another device
 * than the rest will. The experiments must stay open. */
void cli_lab_compare_device(cli_lab *lab, const fm_experiment *experiment);

/* Shows progress, and stops at Ctrl-C. */
fm_lab_observer cli_lab_observer(cli_lab *lab);
void cli_lab_clear_line(cli_lab *lab);

/* After FM_E_INTERRUPTED: says how to go on. */
int cli_lab_interrupted(const cli_lab *lab, const char *folder, fm_error *error);

/* The line for a terminal of so many columns, never longer than fits, into out[size]. */
void cli_lab_line(char *out, size_t size, const fm_live *live, int blocks, size_t columns);

/* The results as a table with what is concluded, on stdout. */
void cli_lab_print(const fm_experiment *experiment, const fm_conclusion *conclusion);
/* And as a plot. FM_E_MEMORY. */
int cli_lab_draw(const fm_experiment *experiment, const fm_conclusion *conclusion, fm_error *error);

#endif
