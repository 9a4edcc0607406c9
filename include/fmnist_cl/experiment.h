/* Experiments: an experiment varies one setting and keeps the others fixed. It trains each value
 * with several seeds and compares them on the validation set. It does not use the test set. */
#ifndef FMNIST_CL_EXPERIMENT_H
#define FMNIST_CL_EXPERIMENT_H

#include <stddef.h>
#include <stdint.h>

#include "fmnist_cl/decls.h"
#include "fmnist_cl/device.h"
#include "fmnist_cl/settings.h"

FM_BEGIN_DECLS

/* ---- The plan ---- */

/* The setting that an experiment varies, in the study's order. Numbers above FM_FACTOR_FINAL are
 * further settings that are not part of the study; fm_factor_parse finds them. */
enum fm_factor {
    FM_FACTOR_EPOCHS, /* trains once with the largest value; its curve gives the results of all
                         others */
    FM_FACTOR_LAYERS, /* number of hidden layers; their width is fixed */
    FM_FACTOR_NODES,  /* width of each hidden layer */
    FM_FACTOR_BATCH_SIZE,
    FM_FACTOR_LR,
    FM_FACTOR_ACTIVATION,
    FM_FACTOR_LOSS,
    FM_FACTOR_OPTIMIZER,
    FM_FACTOR_FINAL, /* varies nothing: the same settings with several seeds */
};
enum { FM_FACTORS = FM_FACTOR_FINAL }; /* the study's experiments without the final run */

/* The setting's name, or "final". fm_factor_parse is the inverse, except for "final": FM_E_ARGUMENT
 * for other names. */
const char *fm_factor_name(enum fm_factor which);
int fm_factor_parse(enum fm_factor *out, const char *name, fm_error *error);

enum { FM_MAX_VALUES = 256, FM_MAX_SEEDS = 100, FM_VALUE_SIZE = 24 };

/* The difference in accuracy that does not matter, unless the user says otherwise. */
#define FM_DEFAULT_MARGIN 0.002

typedef struct fm_plan {
    enum fm_factor factor;
    fm_settings fixed; /* options.seed is the first seed */
    size_t seed_count;
    /* If larger than seed_count: seeds are added to undecided values, up to this many. */
    size_t most_seeds;
    double margin; /* values whose accuracies differ by at most this are equivalent */
    size_t value_count;
    char value[FM_MAX_VALUES][FM_VALUE_SIZE]; /* in normal form: "0.003", "adam" */
} fm_plan;

/* values is a list such as "1,2,3"; NULL: the default values. images is the number of images in the
 * training file. No seeds are added, and the margin is the default; set most_seeds (up to
 * FM_MAX_SEEDS) and margin afterwards. FM_E_ARGUMENT if the list is empty, a value is invalid or
 * listed twice, a training cannot run with that many images, there is no validation set, or the
 * fixed layers contradict the factor. */
int fm_plan_create(fm_plan *out, enum fm_factor which, const char *values, const fm_settings *fixed,
                   size_t seeds, size_t images, fm_error *error);
/* The plan's settings with this value and the first seed. */
void fm_plan_apply(fm_settings *out, const fm_plan *plan, size_t value);

/* ---- The devices ---- */

/* The device that runs the trials: as a whole, or partitioned into sub-devices if several small
 * trials in parallel finish sooner. Each is opened when it is first needed. */
typedef struct fm_pool fm_pool;

/* The list must outlive the pool. Free with fm_pool_free. FM_E_DEVICE, FM_E_MEMORY. */
int fm_pool_create(fm_pool **out, const fm_device_list *list, int number, enum fm_gemm gemm,
                   fm_error *error);
void fm_pool_free(fm_pool *pool);

/* Sets a callback that is called after the device or its first sub-device was opened, and before a
 * trial runs on it. If it fails, opening the device fails. */
void fm_pool_on_open(fm_pool *pool, int (*opened)(void *user, fm_device *device, fm_error *error),
                     void *user);

/* ---- An experiment ---- */

enum { FM_TRIAL_NAME_SIZE = 128 };

/* One finished training of an experiment. */
typedef struct fm_trial {
    size_t value; /* index in the plan; for FM_FACTOR_EPOCHS the last value */
    uint64_t seed;
    int failed; /* there is no result; reason says why */
    char reason[256];
    /* If failed: FM_E_DIVERGED, which another attempt would repeat; FM_E_MEMORY or FM_E_OPENCL,
     * where another attempt may succeed. */
    int cause;
    size_t epochs;
    fm_epoch *curve; /* [epochs] */
    int tested;
    fm_score test; /* in the final run */
    /* The device that ran it; "" if the journal does not contain it. */
    char device[FM_TRIAL_NAME_SIZE], driver[FM_TRIAL_NAME_SIZE];
} fm_trial;

/* The progress of a running experiment. Seconds are estimated; negative while unknown. */
typedef struct fm_live {
    const fm_plan *plan;
    size_t done, failed, total; /* trials */
    double seconds_left;
    size_t running;
    const fm_trial *trial[FM_MAX_SUB_DEVICES];       /* [running], with the curve so far */
    const fm_progress *progress[FM_MAX_SUB_DEVICES]; /* [running] */
} fm_live;

/* Callbacks of a running experiment. Calls come from different threads, but never at the same time.
 * Any member may be NULL. */
typedef struct fm_experiment_observer {
    void *user;
    /* Called many times per second. A result other than 0 stops the experiment with
     * FM_E_INTERRUPTED; the running trials write their checkpoints. */
    int (*progress)(void *user, const fm_live *live);
    void (*trial)(void *user, const fm_live *live, const fm_trial *finished);
} fm_experiment_observer;

typedef struct fm_experiment fm_experiment;

/* Opens the experiment in a folder: creates the folder and its parents with a new journal, or
 * resumes from the existing journal. Locks the journal until fm_experiment_close. The settings
 * include the data set but not the device: the remaining trials run on this device, and
 * fm_experiment_on_other_device reports those that ran on another. images: how many images of the
 * training file are used, from the first. Close with fm_experiment_close. FM_E_ARGUMENT if
 * the folder contains an experiment with other settings, or most_seeds or margin is out of range,
 * FM_E_FORMAT if the journal is invalid, FM_E_FILE, FM_E_MEMORY. */
int fm_experiment_open(fm_experiment **out, const char *folder, const fm_plan *plan,
                       const fm_dataset *dataset, size_t images, const fm_device_info *device,
                       enum fm_gemm gemm, fm_error *error);
void fm_experiment_close(fm_experiment *experiment);

const char *fm_experiment_folder(const fm_experiment *experiment);
const fm_plan *fm_experiment_plan(const fm_experiment *experiment);
/* index is below the count, which is that with most_seeds seeds for each value; NULL until the
 * trial is finished. */
size_t fm_experiment_trial_count(const fm_experiment *experiment);
const fm_trial *fm_experiment_trial(const fm_experiment *experiment, size_t index);
/* How many trials are planned so far, and how many of them are not finished. With most_seeds, more
 * may be planned when these are finished. */
size_t fm_experiment_planned(const fm_experiment *experiment);
size_t fm_experiment_left(const fm_experiment *experiment);
/* How many of the finished trials ran on another device or driver than the one given to
 * fm_experiment_open, and the first of them, or NULL. Their results and times are not comparable
 * with the others'. */
size_t fm_experiment_on_other_device(const fm_trial **first, const fm_experiment *experiment);

/* Runs the remaining trials. Each finished trial is flushed to the journal on disk before the next
 * one starts. A trial that diverges or runs out of memory is recorded as failed, and the others
 * continue. When the experiment is opened again, failed trials are repeated unless they diverged.
 * test is the test set for FM_FACTOR_FINAL, whose networks are evaluated once each, else NULL.
 * FM_E_INTERRUPTED, FM_E_FILE, FM_E_OPENCL, FM_E_MEMORY. */
int fm_experiment_run(fm_experiment *experiment, fm_pool *pool, const fm_images *test,
                      const fm_experiment_observer *observer, fm_error *error);

/* Fails if trials failed for another reason than divergence. Returns the cause of the first; the
 * error says how many failed and why. */
int fm_experiment_check(const fm_experiment *experiment, fm_error *error);

/* ---- Results ---- */

enum fm_verdict {
    FM_VERDICT_BEST,       /* the highest mean accuracy */
    FM_VERDICT_EQUIVALENT, /* differs from the best by at most the margin */
    FM_VERDICT_UNDECIDED,  /* more seeds are needed */
    FM_VERDICT_WORSE,      /* less accurate than the best */
    FM_VERDICT_FAILED,     /* a training was non-finite or ended at chance level: not compared */
};

/* A difference of two mean accuracies, with its simultaneous 95 % confidence interval. */
typedef struct fm_difference {
    double mean, low, high;
} fm_difference;

typedef struct fm_value_result {
    size_t seeds;     /* how many it is trained with */
    size_t n, failed; /* successful and failed trials; n + failed is at most seeds */
    size_t at_chance; /* successful trials whose accuracy is that of guessing */
    double mean, sd;  /* of the validation accuracy after the last epoch; sd 0 for one trial */
    double loss;      /* mean validation loss */
    double seconds;   /* mean training time per trial, converted to the whole device */
    /* Computed cost of a training: floating-point operations, and bytes read and written. */
    double flops, bytes;
    enum fm_verdict verdict;
    int compared;             /* with the best */
    fm_difference difference; /* this value minus the best; without bounds if not compared */
} fm_value_result;

/* A comparison of several values that were trained with the same seeds. */
enum { FM_MAX_LOOKS = 12, FM_LOOK_NODES = 8 };
typedef struct fm_look {
    size_t count, seeds;
    double alpha;                   /* the intervals hold with probability 1 - alpha */
    size_t value[FM_MAX_VALUES];    /* [count], indices in the plan */
    double mean[FM_MAX_VALUES];     /* [count] */
    double variance[FM_MAX_VALUES]; /* [count], of a training, without the seed's effect */
    double freedom;                 /* degrees of freedom of each variance */
    double quantiles[FM_LOOK_NODES];
} fm_look;

/* best and choice are FM_NO_VALUE if every value failed. */
#define FM_NO_VALUE ((size_t)-1)
typedef struct fm_conclusion {
    size_t value_count;
    fm_value_result value[FM_MAX_VALUES];
    size_t best;
    size_t choice; /* the cheapest value that is within one standard error of the best */
    int tie;       /* more seeds may change the choice */
    size_t look_count;
    fm_look look[FM_MAX_LOOKS];
} fm_conclusion;

/* Depends only on the plan and the trials' results, not on measured times. */
void fm_experiment_conclude(fm_conclusion *out, const fm_experiment *experiment);
/* The difference a - b between the means of two values, from the last look at both. Returns 0 if
 * they were not compared. */
int fm_conclusion_difference(fm_difference *out, const fm_conclusion *conclusion, size_t a,
                             size_t b);
/* "best", "equivalent", "undecided", "worse" or "failed". */
const char *fm_verdict_name(enum fm_verdict verdict);
/* The conclusion as text: several lines, each with a line end. */
void fm_conclusion_text(char *out, size_t size, const fm_conclusion *conclusion,
                        const fm_plan *plan);

/* One value of one trial: a row of results.csv. */
typedef struct fm_result_row {
    size_t value;
    const fm_trial *trial;
    double val_accuracy, val_loss, seconds; /* not set if the trial failed */
} fm_result_row;

/* Rows in the order of values, then seeds; index is below the count. Returns 0 and leaves *out
 * unchanged if the trial is not finished. */
size_t fm_experiment_row_count(const fm_experiment *experiment);
int fm_experiment_row(fm_result_row *out, const fm_experiment *experiment, size_t index);

/* Writes experiment.json and results.csv to the folder. Returns the JSON in *json as well unless
 * json is NULL; free with free(). FM_E_FILE, FM_E_MEMORY. */
int fm_experiment_write_results(char **json, const fm_experiment *experiment, fm_error *error);

FM_END_DECLS

#endif
