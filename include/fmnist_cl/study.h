/* The study: all experiments in the author's order, each starting from the best settings so far,
 * then the final run, whose networks are evaluated once on the test set. */
#ifndef FMNIST_CL_STUDY_H
#define FMNIST_CL_STUDY_H

#include "fmnist_cl/decls.h"
#include "fmnist_cl/evaluation.h"
#include "fmnist_cl/experiment.h"
#include "fmnist_cl/weights.h"

FM_BEGIN_DECLS

enum { FM_STUDY_STEPS = FM_FACTORS + 1 }; /* the last is the final run */

typedef struct fm_study_options {
    fm_settings base;   /* the initial settings; options.seed is the first seed */
    size_t seeds;       /* per experiment */
    size_t final_seeds; /* of the final run */
    size_t most_seeds;  /* per experiment, as in fm_plan; 0: no seeds are added */
    double margin;      /* as in fm_plan */
    int quick;          /* a first impression with fewer images, epochs and values */
} fm_study_options;

/* The default: base settings 784-256-256-10, ReLU, Adam with learning rate 0.003, batch size 128,
 * 10 epochs; 3 seeds per experiment and 5 for the final run (quick: 3); no added seeds. */
void fm_study_options_init(fm_study_options *out, int quick);

/* What a quick study omits, in one sentence. */
const char *fm_study_cuts(void);

typedef struct fm_study_observer {
    void *user;
    /* Called before an experiment (conclusion is NULL) and after it. */
    void (*step)(void *user, size_t step, const fm_experiment *experiment,
                 const fm_conclusion *conclusion);
    fm_experiment_observer trials;
} fm_study_observer;

/* A finished study. */
typedef struct fm_study fm_study;

/* Runs the remaining experiments of the study in a folder. Each has its own subfolder, from
 * "1-epochs" to "9-final". Free with fm_study_free. Errors as in fm_experiment_open and
 * fm_experiment_run. Stops with FM_E_DIVERGED after an experiment in which all trials diverged, and
 * with an error of fm_experiment_check if trials failed for other reasons: later experiments would
 * build on missing results. */
int fm_study_run(fm_study **out, const char *folder, const fm_study_options *options,
                 const fm_dataset *dataset, fm_pool *pool, const fm_device_info *device,
                 enum fm_gemm gemm, const fm_study_observer *observer, fm_error *error);
void fm_study_free(fm_study *study);

const char *fm_study_folder(const fm_study *study);
/* step is below FM_STUDY_STEPS; valid as long as the study. */
const fm_experiment *fm_study_experiment(const fm_study *study, size_t step);
const fm_conclusion *fm_study_conclusion(const fm_study *study, size_t step);
/* The settings of the final run. */
const fm_settings *fm_study_best(const fm_study *study);

/* The final networks on the test set: mean and standard deviation. n is 0 if all failed. */
typedef struct fm_test_result {
    size_t n;
    double loss, mean, sd;
} fm_test_result;
void fm_study_test(fm_test_result *out, const fm_study *study);

/* The weights of the final run's first seed, from FOLDER/final.safetensors. If the file does not
 * exist yet, trains them again, with the same bits on the same device, and writes it. The final run
 * must not have failed. Free with fm_weights_free. Errors as in fm_train and fm_weights_save. */
int fm_study_final_weights(fm_weights **out, const fm_study *study, fm_pool *pool, fm_error *error);
/* Evaluates these weights on the test set; gives the same result as the final run, with details.
 * logits: [test->count][FM_CLASSES]. Errors as in fm_network_predict. */
int fm_study_final_evaluate(fm_evaluation *out, float *logits, const fm_study *study,
                            const fm_weights *weights, fm_pool *pool, const fm_images *test,
                            fm_error *error);

/* ---- Comparison with the author's results ---- */

/* UNDECIDED also if the author's value was not tried. */
enum fm_finding_verdict { FM_FINDING_CONFIRMED, FM_FINDING_CONTRADICTED, FM_FINDING_UNDECIDED };
enum { FM_FINDINGS = 10, FM_FINDING_SIZE = 200 };

/* A row of the comparison table: a claim of the author and its test. */
typedef struct fm_finding {
    const char *step;                /* for example "layers" */
    const char *claim;               /* in the author's words */
    const char *statement;           /* the statement that is tested */
    char threshold[FM_FINDING_SIZE]; /* the threshold, and why */
    char figure[FM_FINDING_SIZE];    /* our figure, with its 95 % interval */
    int measured;                    /* the difference is set */
    fm_difference difference;        /* the figure, as a difference between accuracies */
    enum fm_finding_verdict verdict;
} fm_finding;

/* "confirmed", "contradicted", "undecided". */
const char *fm_finding_verdict_name(enum fm_finding_verdict verdict);
void fm_study_findings(fm_finding out[FM_FINDINGS], const fm_study *study);

/* Writes study.json to the folder. Returns the text in *json as well unless json is NULL; free with
 * free(). report is the path of the report, or NULL. FM_E_FILE, FM_E_MEMORY. */
int fm_study_write_results(char **json, const fm_study *study, const char *report, fm_error *error);

FM_END_DECLS

#endif
