#include "study/study.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/path.h"
#include "base/statistics.h"
#include "study/experiment.h"

/* ---- Options ---- */

/* The quick study uses fewer images, and omits the slowest values. It takes about two minutes on
 * two cores. */
enum { QUICK_IMAGES = 10000 };
static const char *const quick_values[FM_STUDY_STEPS] = {
    [FM_FACTOR_EPOCHS] = "1,2,3,4,5,6,7,8",
    [FM_FACTOR_LAYERS] = "1,2,4,8",
    [FM_FACTOR_NODES] = "256,512,1024",
    [FM_FACTOR_BATCH_SIZE] = "32,64,128,256,512,1024",
};

const char *fm_study_cuts(void) {
    return "the first 10,000 training images only, at most 8 epochs, 4 depths of 8, no 2048 nodes, "
           "no batches below 32, 3 seeds in the final run";
}

void fm_study_options_init(fm_study_options *out, int quick) {
    *out = (fm_study_options){
        .seeds = 3, .final_seeds = quick ? 3 : 5, .margin = FM_DEFAULT_MARGIN, .quick = quick};
    fm_settings_init(&out->base);
}

/* ---- Running ---- */

/* The arguments of fm_study_run that the study does not store. */
typedef struct materials {
    const fm_dataset *dataset;
    size_t images;
    fm_pool *pool;
    const fm_device_info *device;
    enum fm_gemm gemm;
    const fm_study_observer *observer;
} materials;

static int open_step(fm_study *study, size_t step, const materials *m, fm_error *error) {
    const fm_study_options *o = &study->options;
    const enum fm_factor factor = (enum fm_factor)step;
    char name[32], path[FM_PATH_SIZE];
    fm_plan plan;
    int status =
        fm_plan_create(&plan, factor, o->quick ? quick_values[step] : NULL, &study->best,
                       step == FM_FACTOR_FINAL ? o->final_seeds : o->seeds, m->images, error);
    plan.margin = o->margin;
    if (step != FM_FACTOR_FINAL && o->most_seeds > plan.seed_count)
        plan.most_seeds = o->most_seeds;
    snprintf(name, sizeof name, "%zu-%s", step + 1, fm_factor_name(factor));
    if (!status)
        status = fm_path_join(path, study->folder, name, error);
    if (!status)
        status = fm_experiment_open(&study->experiment[step], path, &plan, m->dataset, m->images,
                                    m->device, m->gemm, error);
    return status;
}

static void notify(const materials *m, const fm_study *study, size_t step, int concluded) {
    if (m->observer && m->observer->step)
        m->observer->step(m->observer->user, step, study->experiment[step],
                          concluded ? &study->conclusion[step] : NULL);
}

static int run_step(fm_study *study, size_t step, const materials *m, fm_error *error) {
    const fm_images test = fm_dataset_test(m->dataset);
    fm_conclusion *conclusion = &study->conclusion[step];
    int status = open_step(study, step, m, error);
    if (status)
        return status;
    fm_experiment *experiment = study->experiment[step];
    /* Most experiments include the value chosen before, so its trials exist already. */
    for (size_t before = 0; !status && before < step && step != FM_FACTOR_FINAL; before++)
        status = fm_experiment_adopt(experiment, study->experiment[before], error);
    if (status)
        return status;
    notify(m, study, step, 0);
    if (fm_experiment_left(experiment))
        status = fm_experiment_run(experiment, m->pool, step == FM_FACTOR_FINAL ? &test : NULL,
                                   m->observer ? &m->observer->trials : NULL, error);
    if (!status)
        status = fm_experiment_write_results(NULL, experiment, error);
    if (!status)
        status = fm_experiment_check(experiment, error);
    if (status)
        return status;
    fm_experiment_conclude(conclusion, experiment);
    notify(m, study, step, 1);
    if (conclusion->choice == FM_NO_VALUE) {
        fm_error_set(error, FM_E_DIVERGED, fm_factor_name((enum fm_factor)step),
                     "every value failed, so nothing is chosen and the study stops");
        return fm_error_hint(error, "see the reasons in %.150s/results.csv",
                             fm_experiment_folder(experiment));
    }
    fm_plan_apply(&study->best, fm_experiment_plan(experiment), conclusion->choice);
    return FM_OK;
}

int fm_study_run(fm_study **out, const char *folder, const fm_study_options *options,
                 const fm_dataset *dataset, fm_pool *pool, const fm_device_info *device,
                 enum fm_gemm gemm, const fm_study_observer *observer, fm_error *error) {
    const size_t all = fm_dataset_train(dataset).count;
    const materials m = {
        .dataset = dataset,
        .images = options->quick && all > QUICK_IMAGES ? QUICK_IMAGES : all,
        .pool = pool,
        .device = device,
        .gemm = gemm,
        .observer = observer,
    };
    fm_study *study;
    *out = NULL;
    int status = fm_memory_allocate(&study, 1, sizeof *study, "the study", error);
    if (status)
        return status;
    study->options = *options;
    study->best = options->base;
    study->folder = strdup(folder);
    if (!study->folder)
        status = fm_error_set(error, FM_E_MEMORY, folder, "out of memory");
    for (size_t step = 0; !status && step < FM_STUDY_STEPS; step++)
        status = run_step(study, step, &m, error);
    if (status)
        fm_study_free(study);
    else
        *out = study;
    return status;
}

void fm_study_free(fm_study *study) {
    if (!study)
        return;
    for (size_t step = 0; step < FM_STUDY_STEPS; step++)
        fm_experiment_close(study->experiment[step]);
    free(study->folder);
    free(study);
}

/* ---- Access ---- */

const char *fm_study_folder(const fm_study *study) {
    return study->folder;
}

const fm_experiment *fm_study_experiment(const fm_study *study, size_t step) {
    return study->experiment[step];
}

const fm_conclusion *fm_study_conclusion(const fm_study *study, size_t step) {
    return &study->conclusion[step];
}

const fm_settings *fm_study_best(const fm_study *study) {
    return &study->best;
}

void fm_study_test(fm_test_result *out, const fm_study *study) {
    const fm_experiment *final = study->experiment[FM_FACTOR_FINAL];
    double accuracy[FM_MAX_SEEDS], loss[FM_MAX_SEEDS];
    *out = (fm_test_result){0};
    for (size_t i = 0; i < fm_experiment_trial_count(final); i++) {
        const fm_trial *trial = fm_experiment_trial(final, i);
        if (!trial || !trial->tested)
            continue;
        accuracy[out->n] = trial->test.accuracy;
        loss[out->n++] = trial->test.loss;
    }
    if (!out->n)
        return;
    out->mean = fm_mean(accuracy, out->n);
    out->sd = fm_standard_deviation(accuracy, out->n);
    out->loss = fm_mean(loss, out->n);
}
