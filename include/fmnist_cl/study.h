/* The whole study: every experiment in the author's order, each with the best of those before it,
 * then the final run, whose networks are tested once each. */
#ifndef FMNIST_CL_STUDY_H
#define FMNIST_CL_STUDY_H

#include "fmnist_cl/evaluation.h"
#include "fmnist_cl/experiment.h"
#include "fmnist_cl/weights.h"

enum { FM_STUDY_STEPS = FM_FACTORS + 1 }; /* the last is the final run */

typedef struct fm_study_options {
    fm_settings base;   /* where it begins; options.seed is the first seed */
    size_t seeds;       /* of each experiment */
    size_t final_seeds; /* of the final run */
    int quick;          /* a first impression: fewer images, epochs and values */
} fm_study_options;

/* The study's base: 784-256-256-10, ReLU, Adam at 0.003, batches of 128, 10 epochs; 3 seeds and 5.
 * A quick one has 3 for the final run as well. */
void fm_study_options_init(fm_study_options *out, int quick);

/* What a quick study leaves out, in one sentence. */
const char *fm_study_cuts(void);

typedef struct fm_study_observer {
    void *user;
    /* Before an experiment runs, and after it, when the conclusion is not NULL. */
    void (*step)(void *user, size_t step, const fm_experiment *experiment,
                 const fm_conclusion *conclusion);
    fm_lab_observer trials;
} fm_study_observer;

/* A finished study. */
typedef struct fm_study fm_study;

/* Runs what is left of the study in a folder; each experiment has a folder in it, "1-epochs" to
 * "9-final". As fm_experiment_open and fm_experiment_run; FM_E_DIVERGED when every trial of an
 * experiment diverged, so that it cannot go on; as fm_experiment_check after an experiment with
 * trials that failed otherwise, since the later ones would rest on what is missing. Free with
 * fm_study_free. */
int fm_study_run(fm_study **out, const char *folder, const fm_study_options *options,
                 const fm_dataset *dataset, fm_pool *pool, const fm_device_info *device,
                 enum fm_gemm gemm, const fm_study_observer *observer, fm_error *error);
void fm_study_free(fm_study *study);

const char *fm_study_folder(const fm_study *study);
/* step below FM_STUDY_STEPS; valid as long as the study. */
const fm_experiment *fm_study_experiment(const fm_study *study, size_t step);
const fm_conclusion *fm_study_conclusion(const fm_study *study, size_t step);
/* The settings of the final run. */
const fm_settings *fm_study_best(const fm_study *study);

/* The final run on the test set: its networks' mean and s.d. n is 0 when they all failed. */
typedef struct fm_test_result {
    size_t n;
    double loss, mean, sd;
} fm_test_result;
void fm_study_test(fm_test_result *out, const fm_study *study);

/* The weights of the final run's first seed, from FOLDER/final.safetensors; where that is not there
 * yet they are trained again, on the same device to the same bits, and written. The final run must
 * not have failed. Free with fm_weights_free. Errors as fm_train and fm_weights_save. */
int fm_study_final_weights(fm_weights **out, const fm_study *study, fm_pool *pool, fm_error *error);
/* What they make of the test set: the same look that the final run took, in detail.
 * logits: [test->count][FM_CLASSES]. Errors as fm_network_predict. */
int fm_study_final_evaluate(fm_evaluation *out, float *logits, const fm_study *study,
                            const fm_weights *weights, fm_pool *pool, const fm_images *test,
                            fm_error *error);

/* ---- Beside the author's ---- */

enum fm_finding_verdict {
    FM_FINDING_CONFIRMED,
    FM_FINDING_NOT_CONFIRMED,
    FM_FINDING_NOT_TRIED, /* the author's value was left out, or its trials failed */
    FM_FINDING_OPEN,      /* too few seeds to say, or nothing to hold it against */
};
enum { FM_FINDINGS = 11, FM_FINDING_SIZE = 160 };

/* A row of the final table. */
typedef struct fm_finding {
    const char *step;           /* "layers" */
    const char *author;         /* what the author found */
    char ours[FM_FINDING_SIZE]; /* with its uncertainty */
    enum fm_finding_verdict verdict;
} fm_finding;

/* "confirmed", "not confirmed", "not tried", "open". */
const char *fm_finding_verdict_name(enum fm_finding_verdict verdict);
void fm_study_findings(fm_finding out[FM_FINDINGS], const fm_study *study);

/* study.json in the folder; the text is also given back in *json (the caller frees) unless NULL.
 * report: the report's path, or NULL. FM_E_FILE, FM_E_MEMORY. */
int fm_study_write_results(char **json, const fm_study *study, const char *report, fm_error *error);

#endif
