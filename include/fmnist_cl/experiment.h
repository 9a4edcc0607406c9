/* Experiments: one setting is varied and the rest held fixed, each value is trained with several
 * seeds and judged on the validation set. The test set is not looked at. */
#ifndef FMNIST_CL_EXPERIMENT_H
#define FMNIST_CL_EXPERIMENT_H

#include <stddef.h>
#include <stdint.h>

#include "fmnist_cl/device.h"
#include "fmnist_cl/settings.h"

/* ---- The plan ---- */

/* What an experiment varies, in the study's order. Numbers above FM_FACTOR_FINAL stand for the
 * other settings that can be varied, which are no part of the study; fm_factor_parse finds them. */
enum fm_factor {
    FM_FACTOR_EPOCHS, /* one training of the most epochs; each number is read off its curve */
    FM_FACTOR_LAYERS, /* hidden layers, of the width of those held fixed */
    FM_FACTOR_NODES,  /* of each hidden layer */
    FM_FACTOR_BATCH_SIZE,
    FM_FACTOR_LR,
    FM_FACTOR_ACTIVATION,
    FM_FACTOR_LOSS,
    FM_FACTOR_OPTIMIZER,
    FM_FACTOR_FINAL, /* nothing: the same settings with several seeds */
};
enum { FM_FACTORS = FM_FACTOR_FINAL }; /* those of the study that vary something */

/* The setting's name, or "final"; and back (not "final"): FM_E_ARGUMENT. */
const char *fm_factor_name(enum fm_factor which);
int fm_factor_parse(enum fm_factor *out, const char *name, fm_error *error);

enum { FM_MAX_VALUES = 256, FM_MAX_SEEDS = 100, FM_VALUE_SIZE = 24 };

typedef struct fm_plan {
    enum fm_factor factor;
    fm_settings fixed; /* options.seed is the first seed */
    size_t seed_count;
    size_t value_count;
    char value[FM_MAX_VALUES][FM_VALUE_SIZE]; /* each written in one way only: "0.003", "adam" */
} fm_plan;

/* values is a list as in "1,2,3", NULL for the usual ones. Every training of the plan is checked
 * against that many images. FM_E_ARGUMENT: an empty list, a value that is none or cannot be trained
 * or stands there twice, no validation set, fixed layers that the factor makes no sense of. */
int fm_plan_create(fm_plan *out, enum fm_factor which, const char *values, const fm_settings *fixed,
                   size_t seeds, size_t images, fm_error *error);
/* The plan's settings with that value, and the first seed. */
void fm_plan_apply(fm_settings *out, const fm_plan *plan, size_t value);

/* ---- The devices ---- */

/* A device that trials are run on: as a whole, or, where several small trials at once finish
 * sooner, in parts. Each is opened when it is first needed. */
typedef struct fm_pool fm_pool;

/* The list must outlive the pool. Free with fm_pool_free. FM_E_DEVICE, FM_E_MEMORY. */
int fm_pool_create(fm_pool **out, const fm_device_list *list, int number, enum fm_gemm gemm,
                   fm_error *error);
void fm_pool_free(fm_pool *pool);

/* Has the device, and the first of its parts, shown to `opened` when it was opened, before any
 * trial runs on it: when that fails, so does what asked for the device. */
void fm_pool_watch(fm_pool *pool, int (*opened)(void *user, fm_device *device, fm_error *error),
                   void *user);

/* ---- An experiment ---- */

enum { FM_TRIAL_NAME_SIZE = 128 };

/* One training of an experiment, finished. */
typedef struct fm_trial {
    size_t value; /* of the plan; the last of FM_FACTOR_EPOCHS */
    uint64_t seed;
    int failed; /* nothing came of it: reason says why */
    char reason[256];
    /* Of a failed one: FM_E_DIVERGED, which is a result as any other; FM_E_MEMORY or FM_E_OPENCL,
     * of which another attempt may have more luck. */
    int cause;
    size_t epochs;
    fm_epoch *curve; /* [epochs] */
    int tested;
    fm_score test; /* of the final run */
    /* What it ran on; "" where a journal does not say. */
    char device[FM_TRIAL_NAME_SIZE], driver[FM_TRIAL_NAME_SIZE];
} fm_trial;

/* Where an experiment stands while it runs. Seconds are estimated; negative while unknown. */
typedef struct fm_live {
    const fm_plan *plan;
    size_t done, failed, total; /* trials */
    double seconds_left;
    size_t running;
    const fm_trial *trial[FM_MAX_SUB_DEVICES];       /* [running], with the curve so far */
    const fm_progress *progress[FM_MAX_SUB_DEVICES]; /* [running] */
} fm_live;

/* What a running experiment tells. Called by one thread at a time, not always the same. Any member
 * may be NULL. */
typedef struct fm_lab_observer {
    void *user;
    /* Often. Anything but 0 stops the experiment with FM_E_INTERRUPTED: trials that are finished
     * are kept, those that run are not. */
    int (*progress)(void *user, const fm_live *live);
    void (*trial)(void *user, const fm_live *live, const fm_trial *finished);
} fm_lab_observer;

typedef struct fm_experiment fm_experiment;

/* Opens the experiment in a folder: creates the folder (its parents too) with a journal, or goes on
 * with the journal that it holds. Only one at a time has it open. The data set is part of
 * the settings in force; the device is not: what is left runs on this one (fm_experiment_elsewhere
 * says what did not). images: how many of the training file are used, from the first.
 * Close with fm_experiment_close. FM_E_ARGUMENT when the folder holds an experiment with other
 * settings, FM_E_FORMAT when its journal is none, FM_E_FILE, FM_E_MEMORY. */
int fm_experiment_open(fm_experiment **out, const char *folder, const fm_plan *plan,
                       const fm_dataset *dataset, size_t images, const fm_device_info *device,
                       enum fm_gemm gemm, fm_error *error);
void fm_experiment_close(fm_experiment *experiment);

const char *fm_experiment_folder(const fm_experiment *experiment);
const fm_plan *fm_experiment_plan(const fm_experiment *experiment);
/* index below the count; NULL while it is not finished. */
size_t fm_experiment_trial_count(const fm_experiment *experiment);
const fm_trial *fm_experiment_trial(const fm_experiment *experiment, size_t index);
size_t fm_experiment_left(const fm_experiment *experiment);
/* How many of the finished trials ran on another device, or with another driver, than the one that
 * the experiment was opened for; the first of them, or NULL. Neither their bits nor their seconds
 * compare with the others'. */
size_t fm_experiment_elsewhere(const fm_trial **first, const fm_experiment *experiment);

/* Runs the trials that are left. Each finished one is in the journal, on the disk, before the next
 * begins. A trial that diverges or runs out of memory is recorded as failed and the rest goes on;
 * when the experiment is opened again, those that did not diverge are left to be run once more.
 * test NULL but for FM_FACTOR_FINAL, whose networks are tested once each. FM_E_INTERRUPTED,
 * FM_E_FILE, FM_E_OPENCL, FM_E_MEMORY. */
int fm_experiment_run(fm_experiment *experiment, fm_pool *pool, const fm_images *test,
                      const fm_lab_observer *observer, fm_error *error);

/* Fails, with the cause of the first, when trials failed for another reason than that they
 * diverged: how many, and why. */
int fm_experiment_check(const fm_experiment *experiment, fm_error *error);

/* ---- What comes out ---- */

enum fm_verdict {
    FM_VERDICT_BEST,     /* the greatest mean */
    FM_VERDICT_SAME,     /* not worse than the best beyond the noise between seeds */
    FM_VERDICT_WORSE,    /* worse beyond it */
    FM_VERDICT_UNTESTED, /* too few seeds in common to say */
    FM_VERDICT_FAILED,   /* no trial came through */
};

typedef struct fm_value_result {
    size_t n, failed; /* trials that came through, and that did not */
    double mean, sd;  /* of the validation accuracy after the last epoch; sd 0 for one trial */
    double loss;      /* mean validation loss */
    double seconds;   /* mean training time of a trial, as if it had the device for itself */
    enum fm_verdict verdict;
    double t;     /* of the paired t test against the best, over the seeds */
    size_t pairs; /* seeds in common with the best */
} fm_value_result;

/* best and choice are FM_NO_VALUE when every trial failed. */
#define FM_NO_VALUE ((size_t)-1)
typedef struct fm_conclusion {
    size_t value_count;
    fm_value_result value[FM_MAX_VALUES];
    size_t best;
    /* Where the factor decides what a training costs: the cheapest that is not worse than the best
     * beyond the noise and whose mean is within one standard error of the best's; otherwise the
     * best. */
    size_t choice;
} fm_conclusion;

void fm_experiment_conclude(fm_conclusion *out, const fm_experiment *experiment);
/* Of one value, in words: "best, chosen", "worse"; "" where nothing can be said. */
const char *fm_conclusion_verdict(const fm_conclusion *conclusion, size_t value);
/* In words, one to four lines, ended by line ends. */
void fm_conclusion_text(char *out, size_t size, const fm_conclusion *conclusion,
                        const fm_plan *plan);

/* One value of one trial: a row of results.csv. */
typedef struct fm_result_row {
    size_t value;
    const fm_trial *trial;
    double val_accuracy, val_loss, seconds; /* not set when the trial failed */
} fm_result_row;

/* Rows in the order of values, then seeds; index below the count. *out stays as it is, and 0 is
 * returned, while the trial is not finished. */
size_t fm_experiment_row_count(const fm_experiment *experiment);
int fm_experiment_row(fm_result_row *out, const fm_experiment *experiment, size_t index);

/* experiment.json and results.csv in the folder; the JSON is also given back in *json (the caller
 * frees) unless NULL. FM_E_FILE, FM_E_MEMORY. */
int fm_experiment_write_results(char **json, const fm_experiment *experiment, fm_error *error);

#endif
